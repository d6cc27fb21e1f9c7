import type { ExitCode } from './exit-code.ts'

/** An error of the command line: a sentence that says what is wrong and what to do. It never holds a secret. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
