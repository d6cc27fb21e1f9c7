import { anHourMs } from '../fake-controls.ts'
import { requestsDuring, type Journey } from './journey.ts'
import type { Step } from './run-steps.ts'

const callers = 100

/** Returns the steps that show how the library handles expired and killed tokens, and an outage. */
export function keepingTokens(journey: Journey): Step[] {
  const { fake, controls, clock, playground } = journey

  const stampede: Step = {
    name: `${callers} callers at once on an expired token`,
    async run() {
      controls.letAnHourPass()
      let answers = noAnswers
      const { tokenRequests } = await requestsDuring(fake, async () => {
        answers = await askAtOnce(journey)
      })
      return { ...answers, 'token requests': tokenRequests.length }
    },
    expected: () => ({ answered: callers, 'different tokens': 1, 'token requests': 1 }),
  }

  const killed: Step = {
    name: 'access token killed at Pipedrive',
    async run() {
      controls.killAccessToken(journey.installation().id)
      let deals = 0
      const { apiRequests, tokenRequests } = await requestsDuring(fake, async () => {
        deals = (await journey.installation().api<{ data: unknown[] }>('/api/v2/deals')).data.length
      })
      return {
        'API answers': statuses(apiRequests),
        refreshes: tokenRequests.length,
        deals,
      }
    },
    expected: () => ({ 'API answers': '401 then 200', refreshes: 1 }),
  }

  const outage: Step = {
    name: 'outage of the token endpoint, token still valid',
    async run() {
      const before = await journey.installation().accessToken()
      controls.setOutage(true)
      const left = playground.oauth.policy.refreshAheadMs - 60_000
      clock.forward(anHourMs - left - (clock.now() - (await refreshedAt(journey))))
      let answers = noAnswers
      const { apiRequests, tokenRequests } = await requestsDuring(fake, async () => {
        answers = await askAtOnce(journey)
        await journey.installation().api('/api/v2/deals')
        await playground.oauth.settled()
      })
      const failures = (await journey.installation().describe())?.cooldown?.failures ?? 0
      const after = await journey.installation().accessToken()
      return {
        answered: answers.answered,
        'API answers': statuses(apiRequests),
        'token answers': statuses(tokenRequests),
        token: before === after ? 'kept' : 'changed',
        failures,
      }
    },
    expected: () => ({
      answered: callers,
      'API answers': '200',
      'token answers': '503 then 503',
      token: 'kept',
      failures: 1,
    }),
  }

  const over: Step = {
    name: 'refresh after outage and cooldown',
    async run() {
      controls.setOutage(false)
      const { cooldown } = (await journey.installation().describe()) ?? {}
      clock.forward(Math.max(0, (cooldown?.until ?? 0) - clock.now()))
      const { tokenRequests } = await requestsDuring(fake, async () => {
        await askAtOnce(journey)
        await playground.oauth.settled()
      })
      const { cooldown: remaining } = (await journey.installation().describe()) ?? {}
      return { 'token answers': statuses(tokenRequests), cooldowns: remaining === undefined ? 0 : 1 }
    },
    expected: () => ({ 'token answers': '200', cooldowns: 0 }),
  }

  return [stampede, killed, outage, over]
}

const noAnswers = { answered: 0, 'different tokens': 0 }

async function askAtOnce(journey: Journey): Promise<typeof noAnswers> {
  const installation = journey.installation()
  const asked = Array.from({ length: callers }, () => installation.accessToken())
  const tokens = (await Promise.allSettled(asked)).filter((outcome) => outcome.status === 'fulfilled')
  return { answered: tokens.length, 'different tokens': new Set(tokens.map(({ value }) => value)).size }
}

async function refreshedAt(journey: Journey): Promise<number> {
  return (await journey.installation().describe())?.refreshedAt ?? 0
}

function statuses(calls: readonly { readonly status?: number }[]): string {
  return calls.map(({ status }) => status ?? 'none').join(' then ') || 'none'
}
