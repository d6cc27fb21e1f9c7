import { Hono } from 'hono'
import { apiError } from '../api/api-error.ts'
import { apiRoutes } from '../api/api-routes.ts'
import type { Backend } from '../backend.ts'
import { controlRoutes } from '../control/control-routes.ts'
import type { Controls } from '../control/controls.ts'
import { oauthRoutes } from '../oauth/oauth-routes.ts'
import type { ServerEnvironment } from './server-environment.ts'
import type { Site } from './site.ts'

/** Answers a request as the server does without faults. */
export type Serve = (request: Request, site: Site) => Promise<Response>

export function createServe(backend: Backend, controls: Controls): Serve {
  const oauth = oauthRoutes(backend)
  const api = apiRoutes(backend)
  const control = controlRoutes(backend, controls)
  const everything = new Hono<ServerEnvironment>().route('/', oauth).route('/', api).route('/', control)
  const apps = { oauth, api, everything }
  for (const app of Object.values(apps)) {
    app.notFound(() => apiError(404, 'Not found'))
    // The caller learns of an error of the fake itself. Hono would answer 500 and keep it.
    app.onError((error) => {
      throw error
    })
  }
  return async (request, site) => apps[site.serves].fetch(request, { site })
}
