import { PipedriveOAuthError, type PipedriveOAuthErrorCode } from '@pd/oauth-core'
import { ExitCode, exitCodeOf } from './exit-code.ts'

/** An error as a person reads it: what happened, why, and its stable code. */
export function errorText(error: unknown): string {
  const code = error instanceof PipedriveOAuthError ? ` [${error.code}]` : ''
  const text = `${messageOf(error)}${code}${causes(error)}${hintOf(error)}`
  const stack = error instanceof Error && process.env['PD_OAUTH_DEBUG'] ? `\n${error.stack}` : ''
  return exitCodeOf(error) !== ExitCode.unexpected
    ? text
    : `something unexpected: ${text}${stack || '\nPD_OAUTH_DEBUG=1 shows where.'}`
}

function causes(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown }
  return cause === undefined ? '' : `\n  because: ${messageOf(cause)}${causes(cause)}`
}

function messageOf(error: unknown): string {
  // A refused connection to several addresses has no message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

/** The command that helps. */
function hintOf(error: unknown): string {
  const hint = error instanceof PipedriveOAuthError ? hints[error.code] : undefined
  return hint === undefined ? '' : `\n${hint}`
}

const hints: Partial<Record<PipedriveOAuthErrorCode, string>> = {
  not_installed: 'To connect: pd-oauth login',
  reauthorization_required: 'To connect again: pd-oauth login',
  browser_unavailable: 'Without a browser on this machine: pd-oauth login --no-browser',
  state_mismatch: 'To begin again: pd-oauth login, or pd-oauth url',
  attempt_expired: 'To begin again: pd-oauth login, or pd-oauth url',
  unknown_key: 'It was sealed with another secret: name the file with that one by --secrets-file.',
}
