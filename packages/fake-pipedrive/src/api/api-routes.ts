import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { admission, charge } from './admission.ts'
import { currentUser } from './current-user.ts'
import { dealRoutes } from './deal-routes.ts'
import { dealsV1 } from './deals-v1.ts'
import { dealsV2 } from './deals-v2.ts'

/** Returns the routes of the API: `users/me` and deals, at the paths that the official SDK uses. */
export function apiRoutes(backend: Backend): Hono<ServerEnvironment> {
  const version1 = new Hono<ServerEnvironment>()
    .use(admission(backend))
    .get('/users/me', charge(backend, 2, ['base']), (c) =>
      c.json(currentUser(c.get('access').grant.user, c.get('company'))),
    )
    .route('/deals', dealRoutes(backend, dealsV1(backend.directory.users)))
  const version2 = new Hono<ServerEnvironment>()
    .use(admission(backend))
    .route('/deals', dealRoutes(backend, dealsV2))

  return new Hono<ServerEnvironment>()
    .route('/api/v1', version1)
    .route('/v1', version1)
    .route('/api/v2', version2)
}
