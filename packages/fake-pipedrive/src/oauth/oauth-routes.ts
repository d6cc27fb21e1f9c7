import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { revokeEndpoint } from './revoke-endpoint.ts'
import { tokenEndpoint } from './token-endpoint.ts'

/** The OAuth server: consent, tokens, revocation. */
export function oauthRoutes(backend: Backend): Hono<ServerEnvironment> {
  return new Hono<ServerEnvironment>()
    .post('/oauth/token', (c) => tokenEndpoint(backend, c.req.raw, c.env.site))
    .post('/oauth/revoke', (c) => revokeEndpoint(backend, c.req.raw))
}
