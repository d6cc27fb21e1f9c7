import type { ExitCode } from './exit-code.ts'

/** Why a command cannot do its work, in a sentence that says what to do. Never holds a secret. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
