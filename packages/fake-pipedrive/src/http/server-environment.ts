import type { Company } from '../directory.ts'
import type { AccessToken } from '../grants.ts'
import type { Site } from './site.ts'

/** What the routes find in their context. The variables are set by the API's `admission()`. */
export interface ServerEnvironment {
  Bindings: { site: Site }
  Variables: { access: AccessToken; company: Company }
}
