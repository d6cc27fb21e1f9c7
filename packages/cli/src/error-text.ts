import { PipedriveOAuthError } from '@pd/oauth-core'
import { ExitCode, exitCodeOf } from './exit-code.ts'

/** An error as a person reads it: what happened, why, and its stable code. */
export function errorText(error: unknown): string {
  const code = error instanceof PipedriveOAuthError ? ` [${error.code}]` : ''
  const text = `${messageOf(error)}${code}${causes(error)}`
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
