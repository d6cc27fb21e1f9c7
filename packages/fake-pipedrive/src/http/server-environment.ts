import type { Company } from '../directory.ts'
import type { AccessToken } from '../grants.ts'
import type { Site } from './site.ts'

/** What the routes of the server find in their context; the variables only behind the API's admission. */
export interface ServerEnvironment {
  Bindings: { site: Site }
  Variables: { access: AccessToken; company: Company }
}
