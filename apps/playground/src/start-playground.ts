import { PipedriveOAuth, type OAuthEvent } from '@pd/oauth-core'
import { createApp } from './app.ts'
import { DealReadings } from './deal-readings.ts'
import { Feed } from './events/feed.ts'
import type { Socket } from './http/listen.ts'
import { countingFetch } from './http/counting-fetch.ts'
import { checkSecrets, type Safe } from './keeping/safe.ts'
import { watchedStore } from './keeping/watched-store.ts'
import { neededScopes, type Pipedrive } from './pipedrive.ts'
import type { Playground } from './playground.ts'

/** A playground that is being served. */
export interface Running extends Playground {
  /** The address to open. */
  readonly origin: string
  close(): Promise<void>
}

/**
 * Starts the playground on a socket. Closing it also closes the socket, the fake and the safe; so does a failed start.
 * `logger`: false writes no line for failures. Default: `console`.
 * @throws {ConfigurationError} when the library refuses its options
 * @throws {UsageError} when the secrets do not open the stored records
 */
export async function startPlayground(
  socket: Socket,
  pipedrive: Pipedrive,
  safe: Safe,
  logger?: false,
): Promise<Running> {
  try {
    const playground = createPlayground(pipedrive, safe, logger)
    await checkSecrets(safe, playground.oauth)
    socket.serve(createApp(playground).fetch)
    return running(playground, socket, safe)
  } catch (error) {
    await socket.close()
    await pipedrive.close()
    safe.close()
    throw error
  }
}

function createPlayground(pipedrive: Pipedrive, { secrets, store }: Safe, logger?: false): Playground {
  const feed = new Feed()
  const counted = countingFetch(pipedrive.fetch)
  const oauth: PipedriveOAuth = new PipedriveOAuth({
    ...pipedrive.client,
    secrets,
    logger,
    scopes: neededScopes,
    store: watchedStore(store, (id) => feed.recordChanged(id)),
    clock: pipedrive.clock,
    fetch: counted.fetch,
    onEvent(event) {
      if (event.type === 'installed' || event.type === 'uninstalled') deals.forget(event.installationId)
      if (!untold.has(event.type)) feed.happened(event)
    },
  })
  const deals = new DealReadings(oauth, pipedrive.clock)
  const isPrivate = new URL(oauth.redirectUri).protocol === 'http:'
  return { oauth, pipedrive, feed, deals, isPrivate, tokenRequests: counted.tokenRequests }
}

/** Events that would only fill the page: a change follows each, or it is no change. */
const untold: ReadonlySet<OAuthEvent['type']> = new Set<OAuthEvent['type']>([
  'consent_started',
  'refresh_started',
  'api_response',
  'kept_alive',
  'waited',
])

function running(playground: Playground, socket: Socket, safe: Safe): Running {
  const { oauth, pipedrive, isPrivate } = playground
  return {
    ...playground,
    origin: isPrivate ? new URL(oauth.redirectUri).origin : `http://localhost:${socket.port}`,
    async close() {
      await socket.close()
      await oauth.settled()
      await pipedrive.close()
      safe.close()
    },
  }
}
