import { CommanderError } from '@commander-js/extra-typings'
import {
  PipedriveOAuthError,
  type ApiError,
  type CallbackError,
  type ConfigurationError,
  type ForbiddenRequestError,
  type InvalidArgumentError,
  type PipedriveOAuthErrorCode,
  type ReauthorizationRequiredError,
  type StoreError,
  type TokenEndpointError,
} from '@pd/oauth-core'
import type { LoginError } from '@pd/oauth-desktop'
import { CliError } from './cli-error.ts'
import { ExitCode } from './exit-code.ts'

type Code = (
  | ApiError
  | CallbackError
  | ConfigurationError
  | ForbiddenRequestError
  | InvalidArgumentError
  | LoginError
  | ReauthorizationRequiredError
  | StoreError
  | TokenEndpointError
)['code']

const exitCodes: Readonly<Record<Code, ExitCode>> = {
  invalid_configuration: ExitCode.configuration,
  unsupported_by_store: ExitCode.configuration,
  code_missing: ExitCode.configuration,
  client_rejected: ExitCode.configuration,
  request_rejected: ExitCode.configuration,
  port_taken: ExitCode.configuration,
  browser_unavailable: ExitCode.configuration,
  invalid_argument: ExitCode.usage,
  foreign_callback: ExitCode.usage,
  bad_signature: ExitCode.usage,
  extension_token_expired: ExitCode.usage,
  bad_credentials: ExitCode.usage,
  malformed_notice: ExitCode.usage,
  foreign_origin: ExitCode.usage,
  foreign_return_to: ExitCode.usage,
  cross_site_request: ExitCode.usage,
  not_installed: ExitCode.authorization,
  not_signed_in: ExitCode.authorization,
  reauthorization_required: ExitCode.authorization,
  scopes_missing: ExitCode.authorization,
  state_mismatch: ExitCode.authorization,
  access_denied: ExitCode.authorization,
  attempt_expired: ExitCode.authorization,
  invalid_callback: ExitCode.authorization,
  code_refused: ExitCode.authorization,
  unexpected_account: ExitCode.authorization,
  link_expired: ExitCode.authorization,
  login_timeout: ExitCode.authorization,
  token_endpoint_unavailable: ExitCode.pipedrive,
  token_endpoint_timeout: ExitCode.pipedrive,
  malformed_response: ExitCode.pipedrive,
  refresh_pending: ExitCode.pipedrive,
  identity_unavailable: ExitCode.pipedrive,
  api_unavailable: ExitCode.pipedrive,
  store_unavailable: ExitCode.store,
  secrets_unavailable: ExitCode.store,
  unreadable_record: ExitCode.store,
  unknown_key: ExitCode.store,
}

/** Returns the exit code for the `code` of an error. */
export function exitCodeOfCode(code: PipedriveOAuthErrorCode): ExitCode {
  return Object.hasOwn(exitCodes, code) ? exitCodes[code as Code] : ExitCode.unexpected
}

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  if (error instanceof PipedriveOAuthError) return exitCodeOfCode(error.code)
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
