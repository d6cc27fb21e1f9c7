import type { OAuthEvent } from '@pd/oauth-core'

/** Returns the code of the error that an event tells of. */
export function codeOf(event: OAuthEvent): string | undefined {
  if ('code' in event) return event.code
  return event.type === 'reauthorization_required' ? event.reason : undefined
}
