import { explainFailure } from '../failure.ts'
import type { Playground } from '../playground.ts'
import type { Action, Result } from './action.ts'

const callers = 100

export const tokenActions = {
  refresh: {
    label: 'Refresh now',
    hint: 'Whatever is left of the token.',
    async run(installation, playground) {
      const before = playground.tokenRequests()
      await installation.refresh()
      return {
        tone: 'good',
        sentence: 'The access token is a new one.',
        figures: [['token requests', playground.tokenRequests() - before]],
      }
    },
  },

  callers: {
    label: `${callers} callers at once`,
    hint: 'All want an access token.',
    run: (installation, playground) => stampede(() => installation.accessToken(), playground),
  },

  revoke: {
    label: 'Revoke access token',
    hint: 'Pipedrive forgets it at our wish.',
    async run(installation) {
      await installation.revokeAccessToken()
      return {
        tone: 'plain',
        sentence: 'The access token is dead. The next caller makes the library refresh.',
      }
    },
  },
} satisfies Record<string, Action>

/** Many callers at once, and what it took to answer them. */
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
      ? 'The access token was still good, so nobody had to ask Pipedrive. Let it expire first to see one refresh serve all.'
      : 'The access token had to be renewed, and one refresh served everybody.'
  return { tone: 'good', sentence, figures }
}
