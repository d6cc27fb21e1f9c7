import { ExitCode } from './exit-code.ts'
import type { Output } from './output.ts'

const signals = {
  SIGINT: ExitCode.interrupted,
  SIGTERM: ExitCode.terminated,
  SIGHUP: ExitCode.terminated,
} as const
type SignalName = keyof typeof signals
const names = Object.keys(signals) as SignalName[]

/**
 * Handles Ctrl-C, SIGTERM and SIGHUP. The first signal aborts `signal`, so that the command can save and close. A second Ctrl-C or
 * SIGTERM ends the process at once.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController()
  readonly #output: Output
  #exitCode: ExitCode | undefined
  #isAsked = false

  constructor(output: Output) {
    this.#output = output
    for (const name of names) process.on(name, this.#interrupt)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The exit code of the signal that arrived; undefined if none did. */
  get exitCode(): ExitCode | undefined {
    return this.#exitCode
  }

  [Symbol.dispose](): void {
    for (const name of names) process.off(name, this.#interrupt)
  }

  readonly #interrupt = (name: SignalName): void => {
    // A terminal that closes may send SIGHUP twice, and a service manager sends it after SIGTERM: nobody is impatient.
    if (name !== 'SIGHUP') {
      if (this.#isAsked) process.exit(signals[name])
      this.#isAsked = true
    }
    if (this.#exitCode !== undefined) return
    this.#exitCode = signals[name]
    const patience = setTimeout(
      () => this.#output.message('Saving and stopping. Press Ctrl-C again to stop at once.'),
      300,
    )
    patience.unref()
    this.#controller.abort(new Error('interrupted'))
  }
}
