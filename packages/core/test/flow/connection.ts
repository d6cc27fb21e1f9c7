import { createFakePipedrive, manualClock, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { PipedriveOAuth, memoryStore, type OAuthEvent, type PipedriveOAuthOptions } from '../../src/index.ts'

/** What a flow test works with: a fake Pipedrive, a clock, one store, and any number of clients over it. */
export function createScene(fakeOptions: FakePipedriveOptions = {}) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, ...fakeOptions })
  const store = memoryStore()
  const events: OAuthEvent[] = []

  const client = (options: Partial<PipedriveOAuthOptions> = {}) =>
    new PipedriveOAuth({
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      redirectUri: fake.app.redirectUri,
      secrets: ['test-secret-that-is-long-enough-0001'],
      store,
      fetch: fake.fetch,
      clock,
      onEvent: (event) => void events.push(event),
      ...options,
    })

  /** A user connects through the consent page. */
  const connect = async (oauth: PipedriveOAuth, user?: string) => {
    const { url, attempt } = await oauth.authorize({ returnTo: '/settings' })
    return oauth.callback(await fake.approve(url, { user }), attempt)
  }

  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' }).length

  return { clock, fake, store, events, client, connect, refreshes }
}

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
