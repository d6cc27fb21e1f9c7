import { PipedriveOAuthError } from '@pd/oauth-core'
import { requestsDuring, type Journey } from './journey.ts'
import type { Step } from './run-steps.ts'

/** Returns the steps of a user who uninstalls the app at Pipedrive. */
export function uninstalling(journey: Journey): Step[] {
  const { fake, controls, playground } = journey

  const notice: Step = {
    name: 'uninstall notice over HTTP',
    async run() {
      const status = await controls.uninstall(journey.installation().id, 'sent')
      const left = await Array.fromAsync(playground.oauth.installations())
      return { status: status ?? 'none', 'installations left': left.length }
    },
    expected: () => ({ status: 200, 'installations left': 0 }),
  }

  const refused: Step = {
    name: 'next call refused',
    async run() {
      let outcome = 'answered'
      const { tokenRequests, apiRequests } = await requestsDuring(fake, async () => {
        try {
          await journey.installation().api('/api/v2/deals')
        } catch (error) {
          if (!(error instanceof PipedriveOAuthError)) throw error
          outcome = error.code
        }
      })
      return { code: outcome, 'requests sent': tokenRequests.length + apiRequests.length }
    },
    expected: () => ({ code: 'not_installed', 'requests sent': 0 }),
  }

  return [notice, refused]
}
