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

/** How a command ends. */
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

/** What each exit code means, as `--help` and the README say it. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'something unexpected',
  2: 'wrong flags or arguments',
  3: 'configuration: flags, variables, files, the app’s credentials, a port that is taken',
  4: 'the user has to authorize, or did not',
  5: 'trouble at Pipedrive or on the way there; try again',
  6: 'the store cannot be used, or a record in it cannot be opened',
  7: 'Pipedrive’s API answered with a status of 400 or more',
  8: 'done in part: the output says what failed',
  130: 'interrupted (Ctrl-C)',
  143: 'ended by a signal (SIGTERM)',
}

const loginExitCodes: Readonly<Record<LoginErrorCode, ExitCode>> = {
  port_taken: ExitCode.configuration,
  browser_unavailable: ExitCode.configuration,
  login_timeout: ExitCode.authorization,
  foreign_callback: ExitCode.usage,
}

/** Which exit code an error ends a command with. */
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

/** `fetch` rejects with a TypeError whose cause is the system's error. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed'
}

/** The system's own sentence about a file says what is wrong with which. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error
}
