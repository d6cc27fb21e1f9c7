import { Hono } from 'hono'
import { apiRoutes } from '../api/api-routes.ts'
import type { Backend } from '../backend.ts'
import { oauthRoutes } from '../oauth/oauth-routes.ts'
import type { ServerEnvironment } from './server-environment.ts'
import type { Site } from './site.ts'

/** Answers requests as the server without faults would. */
export type Serve = (request: Request, site: Site) => Promise<Response>

export function createServe(backend: Backend): Serve {
  const oauth = oauthRoutes(backend)
  const api = apiRoutes(backend)
  const everything = new Hono<ServerEnvironment>().route('/', oauth).route('/', api)
  const apps = { oauth, api, everything }
  return async (request, site) => apps[site.serves].fetch(request, { site })
}
