import { CommanderError } from '@commander-js/extra-typings'
import {
  CallbackError,
  ConfigurationError,
  ForbiddenRequestError,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
} from '@pd/oauth-core'
import { LoginError, type LoginErrorCode } from '@pd/oauth-desktop'
import { CliError } from './cli-error.ts'

/** The exit codes of all commands. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  configuration: 3,
  authorization: 4,
  pipedrive: 5,
  store: 6,
  refused: 7,
  incomplete: 8,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** What each exit code means. `--help` and the README use these texts. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'unexpected error',
  2: 'wrong flags or arguments',
  3: 'configuration: a flag, variable or file, the app’s credentials, or a port in use',
  4: 'the user has to connect, or did not allow access',
  5: 'Pipedrive or the network is temporarily unavailable; try again',
  6: 'the store cannot be used, or a record in it cannot be opened',
  7: 'Pipedrive’s API answered with a status of 400 or more',
  8: 'partly done: the output says what failed',
  130: 'interrupted (Ctrl-C)',
  143: 'ended by a signal (SIGTERM)',
}

const loginExitCodes: Readonly<Record<LoginErrorCode, ExitCode>> = {
  port_taken: ExitCode.configuration,
  browser_unavailable: ExitCode.configuration,
  login_timeout: ExitCode.authorization,
  foreign_callback: ExitCode.usage,
}

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  if (error instanceof ConfigurationError) return ExitCode.configuration
  if (error instanceof ReauthorizationRequiredError) return ExitCode.authorization
  if (error instanceof CallbackError) return ExitCode.authorization
  if (error instanceof LoginError) return loginExitCodes[error.code]
  if (error instanceof StoreError) return ExitCode.store
  if (error instanceof ForbiddenRequestError) return ExitCode.usage
  if (error instanceof TokenEndpointError)
    return error.retryable ? ExitCode.pipedrive : ExitCode.configuration
  if (isFileError(error)) return ExitCode.configuration
  return isNetworkError(error) ? ExitCode.pipedrive : ExitCode.unexpected
}

/** Whether `fetch` failed: it then rejects with a TypeError whose cause is the system's error. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed'
}

/** Whether this is the system's error about a file. Its message names the problem and the file. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error
}
