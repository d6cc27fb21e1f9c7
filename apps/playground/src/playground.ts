import { PipedriveOAuth } from '@pd/oauth-core'
import { createApp } from './app.ts'
import { DealReadings } from './deal-readings.ts'
import { Feed } from './events/feed.ts'
import type { Socket } from './http/listen.ts'
import { countingFetch } from './http/counting-fetch.ts'
import { neededScopes, type Pipedrive } from './pipedrive.ts'
import { openStore, watched } from './store.ts'

/** Everything the pages and actions work with. */
export interface Playground {
  readonly oauth: PipedriveOAuth
  readonly pipedrive: Pipedrive
  readonly feed: Feed
  readonly deals: DealReadings
  /** How many requests the library has made to the token endpoint. */
  tokenRequests(): number
}

export interface Running extends Playground {
  /** The address to open. */
  readonly origin: string
  close(): Promise<void>
}

/** Puts the library in front of a Pipedrive, and the pages onto a socket. */
export function startPlayground(socket: Socket, pipedrive: Pipedrive, secrets: readonly string[]): Running {
  const feed = new Feed()
  const counted = countingFetch()
  const oauth = new PipedriveOAuth({
    ...pipedrive.client,
    secrets,
    scopes: neededScopes,
    store: watched(openStore(), (id) => feed.recordChanged(id)),
    clock: pipedrive.clock,
    fetch: counted.fetch,
    onEvent: (event) => feed.happened(event),
  })
  const playground = {
    oauth,
    pipedrive,
    feed,
    deals: new DealReadings(oauth, pipedrive.clock),
    tokenRequests: counted.tokenRequests,
  }
  socket.serve(createApp(playground).fetch)
  return {
    ...playground,
    origin: new URL(oauth.redirectUri).origin,
    async close() {
      await socket.close()
      await oauth.settled()
      await pipedrive.close()
    },
  }
}
