import { PipedriveOAuth, type TokenStore } from '@pd/oauth-core'

/** Creates a client over a store. No test lets it reach Pipedrive. */
export function clientOf(store: TokenStore): PipedriveOAuth {
  return new PipedriveOAuth({
    clientId: 'fake-client-id',
    clientSecret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
    secrets: ['test-secret-that-is-long-enough-0001'],
    store,
  })
}
