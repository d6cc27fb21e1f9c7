import { PipedriveOAuthError, type PipedriveOAuthErrorCode } from '@pd/oauth-core'
import { ExitCode } from './exit-code.ts'
import { exitCodeOf } from './exit-code-of.ts'
import { proxyVariablesIn } from './use-proxy.ts'

/** Returns an error as text for a person: what happened, its stable code, why, and which command helps. */
export function errorText(error: unknown): string {
  const code = error instanceof PipedriveOAuthError ? ` [${error.code}]` : ''
  const text = `${messageOf(error)}${code}${causes(error)}${hintOf(error)}`
  const stack = error instanceof Error && process.env['PD_OAUTH_DEBUG'] ? `\n${error.stack}` : ''
  return exitCodeOf(error) !== ExitCode.unexpected
    ? text
    : `unexpected error: ${text}${stack || '\nSet PD_OAUTH_DEBUG=1 to see where it happened.'}`
}

function causes(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown }
  return cause === undefined ? '' : `\n  because: ${messageOf(cause)}${causes(cause)}`
}

function messageOf(error: unknown): string {
  // When a host has several addresses and all refuse, the error itself has no message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

/** Returns the command that helps, on a line of its own. */
function hintOf(error: unknown): string {
  const hint = isUnreachable(error)
    ? proxyHint()
    : error instanceof PipedriveOAuthError
      ? hints[error.code]
      : undefined
  return hint === undefined ? '' : `\n${hint}`
}

/** Whether a request got no answer, at Pipedrive or at a proxy before it. */
function isUnreachable(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown }
  return exitCodeOf(error) === ExitCode.pipedrive && (isFetchError(error) || isFetchError(cause))
}

function isFetchError(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed'
}

function proxyHint(): string {
  const [variable] = proxyVariablesIn(process.env)
  return variable === undefined
    ? 'If this network needs a proxy: set HTTPS_PROXY, such as http://proxy.example:3128'
    : `Requests go through the proxy that ${variable} names. Hosts without it: NO_PROXY`
}

const hints: Partial<Record<PipedriveOAuthErrorCode, string>> = {
  not_installed: 'To connect: pd-oauth login',
  reauthorization_required: 'To connect again: pd-oauth login',
  browser_unavailable: 'If this machine has no browser: pd-oauth login --no-browser',
  state_mismatch: 'To start again: pd-oauth login, or pd-oauth url',
  attempt_expired: 'To start again: pd-oauth login, or pd-oauth url',
  unknown_key:
    'The record was sealed with another secret. Add that secret to the secrets file, or name its file with --secrets-file.',
}
