import * as v1 from 'pipedrive/v1'
import * as v2 from 'pipedrive/v2'
import { requestsDuring, type Journey } from './journey.ts'
import type { Step } from './run-steps.ts'

/** Returns the steps that read deals: with the library, and with the official SDK on the library's tokens. */
export function readingDeals(journey: Journey): Step[] {
  const { fake } = journey
  let deals = 0

  const byApi: Step = {
    name: 'deals through installation.api',
    async run() {
      const { apiRequests, tokenRequests } = await requestsDuring(fake, async () => {
        const { data } = await journey.installation().api<{ data: unknown[] }>('/api/v2/deals')
        deals = data.length
      })
      if (deals === 0) throw new Error('Pipedrive returned no deals')
      return { deals, 'API requests': apiRequests.length, 'token requests': tokenRequests.length }
    },
    expected: () => ({ 'API requests': 1, 'token requests': 0 }),
  }

  const bySdk: Step = {
    name: 'the official SDK on the same tokens',
    async run() {
      const installation = journey.installation()
      let userName = 'nobody'
      let dealsRead = 0
      const { apiRequests, tokenRequests } = await requestsDuring(fake, async () => {
        const users = await installation.sdk('v1', v1.UsersApi)
        const dealsApi = await installation.sdk('v2', v2.DealsApi)
        userName = (await users.getCurrentUser()).data?.name ?? 'nobody'
        dealsRead = (await dealsApi.getDeals()).data?.length ?? 0
      })
      return {
        'v1 user': userName,
        'v2 deals': dealsRead,
        'API requests': apiRequests.length,
        'token requests': tokenRequests.length,
      }
    },
    expected: () => ({
      'v1 user': fake.installations()[0]!.user.name,
      'v2 deals': deals,
      'API requests': 2,
      'token requests': 0,
    }),
  }

  return [byApi, bySdk]
}
