import { CommanderError } from '@commander-js/extra-typings'
import {
  ApiError,
  CallbackError,
  ConfigurationError,
  ForbiddenRequestError,
  InvalidArgumentError,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
} from '@pd/oauth-core'
import { LoginError, type LoginErrorCode } from '@pd/oauth-desktop'
import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'

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
  if (error instanceof InvalidArgumentError) return ExitCode.usage
  if (error instanceof ConfigurationError) return ExitCode.configuration
  if (error instanceof ReauthorizationRequiredError) return ExitCode.authorization
  if (error instanceof CallbackError) return ExitCode.authorization
  if (error instanceof LoginError) return loginExitCodes[error.code]
  if (error instanceof StoreError) return ExitCode.store
  if (error instanceof ApiError) return ExitCode.pipedrive
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
