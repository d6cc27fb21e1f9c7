import { Hono, type Context } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { consentPage } from '../pages/consent-page.ts'
import { refusalPage } from '../pages/refusal-page.ts'
import { allow, cancel, readAuthorizationRequest } from './consent.ts'
import { revokeEndpoint } from './revoke-endpoint.ts'
import { tokenEndpoint } from './token-endpoint.ts'

/** Returns the routes of the OAuth server: consent, tokens, revocation. */
export function oauthRoutes(backend: Backend): Hono<ServerEnvironment> {
  const { app, directory } = backend

  return new Hono<ServerEnvironment>()
    .get('/oauth/authorize', (c) =>
      orRefusal(c, () => {
        const request = readAuthorizationRequest(app, new URL(c.req.url).searchParams)
        return c.html(consentPage(app, directory, request))
      }),
    )
    .post('/oauth/authorize', (c) =>
      orRefusal(c, async () => {
        const form = new URLSearchParams(await c.req.text())
        const request = readAuthorizationRequest(app, form)
        const allowed = form.get('decision') === 'allow'
        const user = directory.user(form.get('user') ?? undefined)
        return c.redirect(allowed ? allow(backend, request, user) : cancel(request), 303)
      }),
    )
    .post('/oauth/token', (c) => tokenEndpoint(backend, c.req.raw, c.env.site))
    .post('/oauth/revoke', (c) => revokeEndpoint(backend, c.req.raw))
}

/** Responds, or shows a page with the reason if the request is refused. A refused request is never redirected. */
async function orRefusal(c: Context, respond: () => Response | Promise<Response>): Promise<Response> {
  try {
    return await respond()
  } catch (error) {
    return c.html(refusalPage(error instanceof Error ? error.message : String(error)), 400)
  }
}
