import { createFakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, type PipedriveOAuthOptions } from '@pd/oauth-core'

/** A client over a store in memory with a connected user, as a benchmark needs it. */
export async function connectedClient(options: Partial<PipedriveOAuthOptions> = {}) {
  const fake = createFakePipedrive()
  const store = memoryStore()
  const oauth = new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri: fake.app.redirectUri,
    secrets: ['a-secret-for-the-benchmark-0123456789'],
    fetch: fake.fetch,
    store,
    ...options,
  })
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  return { fake, store, oauth, installation }
}
