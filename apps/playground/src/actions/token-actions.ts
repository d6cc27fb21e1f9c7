import { explainFailure } from '../failure.ts'
import type { Playground } from '../playground.ts'
import type { Action, Result } from './action.ts'

const callers = 100

export const tokenActions = {
  refresh: {
    label: 'Refresh now',
    hint: 'Gets a new token, even if the old one is still valid.',
    async run(installation, playground) {
      const before = playground.tokenRequests()
      await installation.refresh()
      return {
        tone: 'good',
        sentence: 'The library has a new access token.',
        figures: [['token requests', playground.tokenRequests() - before]],
      }
    },
  },

  callers: {
    label: `${callers} callers at once`,
    hint: 'All ask for an access token at the same moment.',
    run: (installation, playground) => stampede(() => installation.accessToken(), playground),
  },

  revoke: {
    label: 'Revoke access token',
    hint: 'The library asks Pipedrive to revoke it.',
    async run(installation) {
      await installation.revokeAccessToken()
      return {
        tone: 'plain',
        sentence: 'The access token is revoked. The next caller makes the library refresh.',
      }
    },
  },
} satisfies Record<string, Action>

/** Lets many callers ask at once, and counts the token requests that this takes. */
async function stampede(ask: () => Promise<string>, playground: Playground): Promise<Result> {
  const requestsBefore = playground.tokenRequests()
  const startedAt = performance.now()
  const outcomes = await Promise.allSettled(Array.from({ length: callers }, ask))
  const tookMs = Math.round(performance.now() - startedAt)
  const requests = playground.tokenRequests() - requestsBefore
  const tokens = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const refused = outcomes.find((outcome) => outcome.status === 'rejected')
  const failure = refused && explainFailure(refused.reason)
  const figures = [
    ['callers', callers],
    ['answered', tokens.length],
    ['different tokens', new Set(tokens).size],
    ['token requests', requests],
    ['milliseconds', tookMs],
  ] as const
  if (failure) return { tone: 'bad', sentence: failure.sentence, code: failure.code, figures }
  const sentence =
    requests === 0
      ? 'The access token was still valid, so the library did not ask Pipedrive. Let it expire first to see one refresh serve all callers.'
      : 'The access token had expired, and one refresh served all callers.'
  return { tone: 'good', sentence, figures }
}
