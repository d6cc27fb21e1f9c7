import { ForbiddenRequestError, type InstallationId, type PipedriveOAuth } from '@pd/oauth-core'
import { identifyRequest } from '@pd/oauth-core/adapter'
import { Hono, type Context } from 'hono'
import type { SSEStreamingApi } from 'hono/streaming'
import { eventStream } from './events/event-stream.ts'
import { extensionPath, extensionReturnPath } from './extension-paths.ts'
import type { Session } from './http/session.ts'
import {
  extensionInside,
  extensionPage,
  extensionSecurityPolicy,
  unknownInside,
} from './pages/extension-page.ts'
import { rendered } from './pages/markup.ts'
import type { Playground } from './playground.ts'

/** Returns the user who looks at the panel. Undefined: its token is missing, invalid or over. */
async function viewerOf(oauth: PipedriveOAuth, request: Request): Promise<InstallationId | undefined> {
  try {
    return await identifyRequest(oauth, request)
  } catch (error) {
    if (error instanceof ForbiddenRequestError) return undefined
    throw error
  }
}

/**
 * Returns the routes of the app's panel inside Pipedrive. The panel is in a frame of another site, where browsers block
 * cookies. So the token that Pipedrive signs identifies the user, for the page and for its events.
 */
export function extensionRoutes(playground: Playground, session: Session): Hono {
  const { oauth, feed, pipedrive } = playground
  const policy = extensionSecurityPolicy(playground)

  return new Hono()
    .get(extensionPath, async (c) => {
      c.header('content-security-policy', policy)
      // The address contains the token.
      c.header('referrer-policy', 'no-referrer')
      const id = await viewerOf(oauth, c.req.raw)
      if (id === undefined) return c.html(extensionPage(unknownInside, false), 401)
      return c.html(extensionPage(await extensionInside(playground, id, true), true))
    })
    .get('/extension/events', async (c) => {
      const id = await viewerOf(oauth, c.req.raw)
      return id === undefined
        ? c.text('The signed token of Pipedrive is missing or invalid.', 401)
        : streamPanel(c, id)
    })
    .get(extensionReturnPath, async (c) => {
      const id = await session.read(c.req.raw)
      return c.redirect((id && pipedrive.controls?.panelPage(id)) ?? '/')
    })

  function streamPanel(c: Context, id: InstallationId): Response {
    const begin = async (stream: SSEStreamingApi) =>
      stream.writeSSE({ event: 'panel', data: await rendered(await extensionInside(playground, id)) })
    return eventStream(c, feed, {
      begin,
      async tell(stream, change) {
        if (change.type === 'record_changed' && change.id === id) await begin(stream)
      },
    })
  }
}
