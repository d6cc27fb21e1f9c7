import { Hono, type Context } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { consentPage } from '../pages/consent-page.ts'
import { refusalPage } from '../pages/refusal-page.ts'
import { allow, cancel, readAuthorizationRequest, type AuthorizationRequest } from './consent.ts'
import { revokeEndpoint } from './revoke-endpoint.ts'
import { tokenEndpoint } from './token-endpoint.ts'

/** The OAuth server: consent, tokens, revocation. */
export function oauthRoutes(backend: Backend): Hono<ServerEnvironment> {
  const { app, directory } = backend
  return new Hono<ServerEnvironment>()
    .get('/oauth/authorize', (c) =>
      checked(c, backend, new URL(c.req.url).searchParams, (request) => {
        return c.html(consentPage(app, directory, request))
      }),
    )
    .post('/oauth/authorize', async (c) => {
      const form = new URLSearchParams(await c.req.text())
      return checked(c, backend, form, (request) => {
        const allowed = form.get('decision') === 'allow'
        const user = directory.user(form.get('user') ?? undefined)
        return c.redirect(allowed ? allow(backend, request, user) : cancel(request), 303)
      })
    })
    .post('/oauth/token', (c) => tokenEndpoint(backend, c.req.raw, c.env.site))
    .post('/oauth/revoke', (c) => revokeEndpoint(backend, c.req.raw))
}

/** Goes on with an authorization request that can be trusted; a page says why another cannot. */
async function checked(
  c: Context,
  { app }: Backend,
  parameters: URLSearchParams,
  proceed: (request: AuthorizationRequest) => Response | Promise<Response>,
): Promise<Response> {
  let request: AuthorizationRequest
  try {
    request = readAuthorizationRequest(app, parameters)
  } catch (error) {
    return c.html(refusalPage((error as Error).message), 400)
  }
  return proceed(request)
}
