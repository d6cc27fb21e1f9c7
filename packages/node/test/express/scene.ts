import { createFakePipedrive, manualClock, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type OAuthEvent, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { Browser } from '@pd/test-support/journey'
import express from 'express'
import express4 from 'express4'
import { serveExpress } from '../servers.ts'

export const hour = 60 * 60_000
export const publicOrigin = 'http://localhost:3000'

/** Both versions; their types have what these tests use in common. */
export const versions: [name: string, make: typeof express][] = [
  ['Express 4', express4 as unknown as typeof express],
  ['Express 5', express],
]

/** A fake Pipedrive, a clock, and a client. */
export function createScene(
  options: Partial<PipedriveOAuthOptions> = {},
  fakeOptions: Partial<FakePipedriveOptions> = {},
) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, ...fakeOptions })
  const events: OAuthEvent[] = []
  const oauth = new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri: fake.app.redirectUri,
    secrets: ['test-secret-that-is-long-enough-0001'],
    fetch: fake.fetch,
    clock,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' }).length
  return { clock, fake, oauth, events, refreshes }
}

/** An application that listens, and a browser in front of it. */
export async function browse(app: express.Express, publicUri = publicOrigin): Promise<Browser> {
  const origin = await serveExpress(app, async (_req, _res, next) => next?.())
  return new Browser(origin, new URL(publicUri).origin)
}

/** A user asks for a page, consents, and comes back. */
export async function connectUser(
  user: Browser,
  fake: ReturnType<typeof createScene>['fake'],
  returnTo = '/deals',
): Promise<Response> {
  const begun = await user.page(`/pipedrive/install?${new URLSearchParams({ returnTo })}`)
  return user.page(await fake.approve(locationOf(begun)))
}

export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`Status ${response.status} without a location`)
  return location
}
