import type { Disconnection } from '@pd/oauth-core'
import { instantText } from '../show/instant-text.ts'

/** Returns why a user is disconnected, as a sentence for a person. */
export function disconnectionSentence({ since, reason }: Disconnection): string {
  return `The user has been disconnected since ${instantText(since)}: ${reasons[reason]}.`
}

const reasons: Readonly<Record<Disconnection['reason'], string>> = {
  unused: 'nobody had used the grant for 60 days, so Pipedrive let it expire',
  after_take_over:
    'Pipedrive refused the refresh token after another process had taken the refresh over, so a newer token was probably lost with the first process',
  refused:
    'Pipedrive refused the refresh token. Usually the user removed the app, or the user’s account was deactivated',
}
