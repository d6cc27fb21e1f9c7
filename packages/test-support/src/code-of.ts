import { PipedriveOAuthError } from '@pd/oauth-core'

/** The code of the library's error, or the text of another one. Can be sent between processes. */
export function codeOf(reason: unknown): string {
  return reason instanceof PipedriveOAuthError ? reason.code : String(reason)
}
