import { ExitCode } from './exit-code.ts'
import type { Output } from './output.ts'

const signals = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const

/**
 * Handles Ctrl-C and SIGTERM. The first one aborts `signal`, so that the command can save and close. The second one
 * ends the process at once.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController()
  readonly #output: Output
  #exitCode: ExitCode | undefined

  constructor(output: Output) {
    this.#output = output
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, this.#interrupt)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The exit code of the signal that arrived; undefined if none did. */
  get exitCode(): ExitCode | undefined {
    return this.#exitCode
  }

  [Symbol.dispose](): void {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, this.#interrupt)
  }

  readonly #interrupt = (name: 'SIGINT' | 'SIGTERM'): void => {
    if (this.#exitCode !== undefined) process.exit(signals[name])
    this.#exitCode = signals[name]
    const patience = setTimeout(
      () => this.#output.message('Saving and stopping. Press Ctrl-C again to stop at once.'),
      300,
    )
    patience.unref()
    this.#controller.abort(new Error('interrupted'))
  }
}
