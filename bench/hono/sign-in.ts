import type { FakePipedrive } from '@pd/fake-pipedrive'
import type { InstallationId } from '@pd/oauth-core'
import type { Hono } from 'hono'

/** Returns the cookies of a browser in which a user has connected. Default: the first user of the fake. */
export async function signIn(routes: Hono, fake: FakePipedrive, user?: InstallationId): Promise<string> {
  const begun = await routes.request(fake.app.redirectUri.replace('callback', 'install'))
  const attempt = cookiesOf(begun)
  const consent = begun.headers.get('location') ?? ''
  const callback = await fake.approve(consent, user === undefined ? {} : { user })
  return cookiesOf(await routes.request(callback, { headers: { cookie: attempt } }))
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}
