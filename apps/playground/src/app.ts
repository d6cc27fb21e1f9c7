import { createOAuthHandler, type InstallationId, type ListedInstallation } from '@pd/oauth-core'
import { Hono } from 'hono'
import { isActionName, takeAction } from './actions/actions.ts'
import { streamEvents } from './events/stream-events.ts'
import { extensionRoutes } from './extension.ts'
import { fromOwnPages, onOwnHost } from './http/own-requests.ts'
import { Session } from './http/session.ts'
import type { DatedResult } from './pages/actions-card.ts'
import { connectedPage, welcomePage } from './pages/home-page.ts'
import { contentSecurityPolicy, logoUrl } from './pages/layout.ts'
import { plainPage } from './pages/plain-page.ts'
import type { Playground } from './playground.ts'

/** Creates the web application: core's handler comes first, then the pages and their buttons. */
export function createApp(playground: Playground): Hono {
  const { oauth, pipedrive, deals } = playground
  const session = new Session(oauth)
  const results = new Map<InstallationId, DatedResult>()
  const handle = createOAuthHandler(oauth, {
    sessionMs: 0,
    pages: { appName: 'Playground', logoUrl, accent: '#0a6b43' },
    async identify(request) {
      const id = await session.read(request)
      return id === new URL(request.url).searchParams.get('installation') ? id : undefined
    },
    onConnected: ({ installation, returnTo }) => session.redirect(302, returnTo, installation.id),
  })

  return new Hono()
    .use(onOwnHost(oauth.redirectUri))
    .all('*', async (c, next) => (await handle(c.req.raw)) ?? next())
    .use(async (c, next) => {
      await next()
      const { headers } = c.res
      if (!headers.has('content-security-policy')) c.header('content-security-policy', contentSecurityPolicy)
      if (!headers.has('referrer-policy')) c.header('referrer-policy', 'same-origin')
      c.header('x-content-type-options', 'nosniff')
      c.header('cache-control', 'no-store')
    })
    .get('/', async (c) => {
      const id = await session.read(c.req.raw)
      const description = id && (await oauth.installation(id).describe())
      const installations = await listed(playground, id)
      if (description === undefined) return c.html(welcomePage(playground, installations))
      const reading = deals.last(description.id) ?? (await deals.read(description.id))
      // Described again, because reading the deals may have refreshed the tokens.
      const latest = (await oauth.installation(description.id).describe()) ?? description
      const view = { description: latest, deals: reading, result: results.get(description.id) }
      return c.html(connectedPage(playground, view, installations))
    })
    .route('/', extensionRoutes(playground, session))
    .get('/events', async (c) => streamEvents(c, playground, await session.read(c.req.raw)))
    .post('*', fromOwnPages(oauth))
    .post('/installations/:id/:name', async (c) => {
      const name = c.req.param('name')
      const id = await session.read(c.req.raw)
      // If another tab has switched the installation, this button is not for the current one and does nothing.
      if (id === undefined || id !== c.req.param('id') || !isActionName(name)) return c.redirect('/', 303)
      const result = await takeAction(name, oauth.installation(id), playground)
      if (result !== undefined) results.set(id, { name, result, at: pipedrive.clock.now() })
      return c.redirect('/', 303)
    })
    .post('/switch', async (c) => {
      const { id } = await c.req.parseBody()
      const installations = await listed(playground, await session.read(c.req.raw))
      const chosen = installations.find((installation) => installation.id === id)
      return chosen === undefined ? c.redirect('/', 303) : session.redirect(303, '/', chosen.id)
    })
    .notFound((c) =>
      c.html(
        plainPage(playground, 'Page not found', 'Check the address, or go back to the playground.'),
        404,
      ),
    )
    .onError((error, c) => {
      console.error(error)
      return c.html(
        plainPage(
          playground,
          'Something went wrong',
          'This is an error in the playground itself. The console where it runs shows the details.',
        ),
        500,
      )
    })
}

/**
 * Returns the installations that a browser may see: all of them if only this machine can reach the playground, else its
 * own.
 */
async function listed(
  { oauth, isPrivate }: Playground,
  current: InstallationId | undefined,
): Promise<ListedInstallation[]> {
  const installations = await Array.fromAsync(oauth.installations())
  return isPrivate ? installations : installations.filter(({ id }) => id === current)
}
