import { createFakePipedrive } from '@pd/fake-pipedrive'
import { PipedriveOAuth } from '@pd/oauth-core'

export const origin = 'https://app.example.com'

/** A fake Pipedrive and a client. */
export function createScene(redirectUri = `${origin}/pipedrive/callback`) {
  const fake = createFakePipedrive({ redirectUri })
  const oauth = new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri: fake.app.redirectUri,
    secrets: ['test-secret-that-is-long-enough-0001'],
    fetch: fake.fetch,
    logger: false,
  })
  return { fake, oauth }
}

/** Returns the `Cookie` header that a browser sends after a response. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}
