import { PipedriveOAuthError } from '@pd/oauth-core'

/** What went wrong, in a form that can be sent between processes. */
export function codeOf(reason: unknown): string {
  return reason instanceof PipedriveOAuthError ? reason.code : String(reason)
}
