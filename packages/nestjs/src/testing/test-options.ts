import { memoryStore, type PipedriveOAuthOptions } from '@pd/oauth-core'
import type { FakePipedrive } from '@pd/fake-pipedrive'

/** Returns the options of a client whose Pipedrive is `fake`. */
export function testOptions(fake: FakePipedrive): PipedriveOAuthOptions {
  const { clientId, clientSecret, redirectUri } = fake.app
  return {
    clientId,
    clientSecret,
    redirectUri,
    secrets: ['only-for-tests-0123456789-abcdefghij'],
    store: memoryStore(),
    fetch: fake.fetch,
  }
}
