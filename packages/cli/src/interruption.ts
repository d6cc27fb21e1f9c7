import { ExitCode } from './exit-code.ts'
import type { Output } from './output.ts'

const signals = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const

/**
 * Listens for Ctrl-C and SIGTERM. The first aborts `signal`, so that the command ends in order; the second ends the
 * process at once.
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

  /** With which code to end; undefined when nothing has interrupted. */
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
      () => this.#output.message('Stopping in order; once more to stop at once.'),
      300,
    )
    patience.unref()
    this.#controller.abort(new Error('interrupted'))
  }
}
