import { Hono } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { admission, charge } from './admission.ts'
import { currentUser } from './current-user.ts'
import { deals } from './kinds/deals.ts'
import { organizations } from './kinds/organizations.ts'
import { persons } from './kinds/persons.ts'
import { version1, version2, type Dialect } from './record-dialect.ts'
import { recordRoutes } from './record-routes.ts'

/** Returns the routes of the API: `users/me`, deals, persons and organizations, at the paths that the official SDK uses. */
export function apiRoutes(backend: Backend): Hono<ServerEnvironment> {
  const records = (dialect: Dialect) =>
    new Hono<ServerEnvironment>()
      .route('/deals', recordRoutes(backend, deals, backend.deals, dialect))
      .route('/persons', recordRoutes(backend, persons, backend.persons, dialect))
      .route('/organizations', recordRoutes(backend, organizations, backend.organizations, dialect))
  const inVersion1 = new Hono<ServerEnvironment>()
    .use(admission(backend))
    .get('/users/me', charge(backend, 2, ['base']), (c) =>
      c.json(currentUser(c.get('access').grant.user, c.get('company'))),
    )
    .route('/', records(version1(backend.directory.users)))
  const inVersion2 = new Hono<ServerEnvironment>().use(admission(backend)).route('/', records(version2))

  return new Hono<ServerEnvironment>()
    .route('/api/v1', inVersion1)
    .route('/v1', inVersion1)
    .route('/api/v2', inVersion2)
}
