import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { isForeign } from '../http/own-origin.ts'
import { consentPage } from '../pages/consent-page.ts'
import { html } from '../pages/page-response.ts'
import { refusalPage } from '../pages/refusal-page.ts'
import { allow, cancel, readAuthorizationRequest } from './consent.ts'
import { revokeEndpoint } from './revoke-endpoint.ts'
import { tokenEndpoint } from './token-endpoint.ts'

/** Returns the routes of the OAuth server: consent, tokens, revocation. */
export function oauthRoutes(backend: Backend): Hono<ServerEnvironment> {
  const { app, directory } = backend

  return new Hono<ServerEnvironment>()
    .get('/oauth/authorize', (c) =>
      orRefusal(() => {
        const request = readAuthorizationRequest(app, new URL(c.req.url).searchParams)
        return html(consentPage(app, directory, request))
      }),
    )
    .post('/oauth/authorize', (c) =>
      orRefusal(async () => {
        // Else any page on the Web could click "Allow" for a user.
        if (isForeign(c.req.raw)) throw new Error('The request came from a page of another origin.')
        const form = new URLSearchParams(await c.req.text())
        const request = readAuthorizationRequest(app, form)
        const decision = form.get('decision')
        if (decision !== 'allow' && decision !== 'cancel')
          throw new Error(`The decision must be 'allow' or 'cancel', not '${decision}'.`)
        const user = directory.user(form.get('user') ?? undefined)
        return c.redirect(decision === 'allow' ? allow(backend, request, user) : cancel(request), 303)
      }),
    )
    .post('/oauth/token', (c) => tokenEndpoint(backend, c.req.raw, c.env.site))
    .post('/oauth/revoke', (c) => revokeEndpoint(backend, c.req.raw))
}

/** Responds, or shows a page with the reason if the request is refused. A refused request is never redirected. */
async function orRefusal(respond: () => Response | Promise<Response>): Promise<Response> {
  try {
    return await respond()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint =
      'You were not sent back, because the callback URL in the link may not belong to this app. Compare the link with the settings of the app.'
    return html(refusalPage('This app cannot be installed', reason, hint), 400)
  }
}
