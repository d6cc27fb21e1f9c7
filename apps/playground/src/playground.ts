import type { PipedriveOAuth } from '@pd/oauth-core'
import type { DealReadings } from './deal-readings.ts'
import type { Feed } from './events/feed.ts'
import type { Pipedrive } from './pipedrive.ts'

/** What the pages and actions work with. */
export interface Playground {
  readonly oauth: PipedriveOAuth
  readonly pipedrive: Pipedrive
  readonly feed: Feed
  readonly deals: DealReadings
  /** Whether only this machine can reach the playground. Everyone who reaches it may then see all installations. */
  readonly isPrivate: boolean
  /** Returns how many requests the library has made to the token endpoint. */
  tokenRequests(): number
}
