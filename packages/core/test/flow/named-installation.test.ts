import { expect, test } from 'vitest'
import { PipedriveOAuthError, type PipedriveOAuth } from '../../src/index.ts'
import { ada, createScene, day, hour, inTime, silence, type Scene } from './scene.ts'
import { rejects, troubledStore } from './troubled-store.ts'

/** What users of the installation hold. */
interface Held {
  readonly session: string
  readonly link: string
}

/** The calls that are about one installation. */
const calls: readonly ((oauth: PipedriveOAuth, held: Held) => Promise<unknown>)[] = [
  (oauth) => oauth.installation(ada).accessToken(),
  (oauth) => oauth.installation(ada).fetch('/api/v2/deals'),
  (oauth) => oauth.installation(ada).api('/api/v2/deals'),
  (oauth) => oauth.installation(ada).pages('/api/v2/deals').next(),
  (oauth) => oauth.installation(ada).sdk('v2'),
  (oauth) => oauth.installation(ada).requireScopes(['leads:full']),
  (oauth) => oauth.installation(ada).refresh(),
  (oauth) => oauth.installation(ada).describe(),
  (oauth) => oauth.installation(ada).history(),
  (oauth) => oauth.installation(ada).revokeAccessToken(),
  (oauth) => oauth.installation(ada).uninstall(),
  (oauth) => oauth.installation(ada).forget(),
  (oauth) => oauth.endSessions(ada),
  (oauth, { session }) => oauth.readSession(session),
  (oauth) => oauth.reconnectLink(ada),
  (oauth, { link }) => oauth.readReconnectLink(link),
]

/** What goes wrong: the client that meets it, and the codes that its calls reject with. */
const troubles: Record<string, [codes: string[], begin: (scene: Scene) => Promise<PipedriveOAuth>]> = {
  'no record': [
    ['not_installed'],
    async ({ client }) => {
      await client().installation(ada).forget()
      return client()
    },
  ],
  'a dead grant': [
    ['reauthorization_required'],
    async ({ client, clock, fake }) => {
      await fake.uninstall()
      await clock.advance(2 * hour)
      return client()
    },
  ],
  'scopes that the user has not granted': [['scopes_missing'], async ({ client }) => client()],
  'a record of another client id': [
    ['client_rejected'],
    async ({ client }) => client({ clientId: 'the-staging-app' }),
  ],
  'a record of an unknown secret': [
    ['unknown_key'],
    async ({ client }) => client({ secrets: ['another-secret-that-is-long-enough-01'] }),
  ],
  'a damaged record': [
    ['unreadable_record'],
    async ({ client, store }) => {
      const found = (await store.get(ada))!
      await store.compareAndSet(ada, found.version, { version: 'x', value: 'damaged' })
      return client()
    },
  ],
  'a store that is away': [
    ['store_unavailable'],
    async ({ client, store }) => {
      const troubled = troubledStore(store)
      troubled.meet('get', rejects)
      return client({ store: troubled.store })
    },
  ],
  'a store that never writes': [
    ['scopes_missing', 'store_unavailable'],
    async ({ client, store }) =>
      client({ store: { ...store, compareAndSet: async () => false }, policy: { storeTimeoutMs: 1 } }),
  ],
  'a token endpoint that fails': [
    ['token_endpoint_unavailable'],
    async ({ client, clock, fake }) => {
      const oauth = client()
      await clock.advance(2 * hour)
      for (const endpoint of ['token', 'revoke'] as const)
        fake.faults.add({ endpoint, fault: { type: 'status', status: 503 }, times: 9 })
      return oauth
    },
  ],
  'a token endpoint that never answers': [
    ['refresh_pending', 'token_endpoint_timeout'],
    async ({ client, clock }) => {
      await clock.advance(2 * hour)
      return client({ fetch: silence, policy: { waitMs: 200, requestTimeoutMs: 100 } })
    },
  ],
  'an API that cannot be reached': [
    ['api_unavailable', 'scopes_missing', 'token_endpoint_unavailable'],
    async ({ client }) => client({ fetch: async () => Promise.reject(new TypeError('fetch failed')) }),
  ],
  'a link and a session that have expired': [
    ['link_expired', 'scopes_missing'],
    async ({ client, clock }) => {
      await clock.advance(30 * day)
      return client()
    },
  ],
  'a user who has connected again': [
    ['link_expired', 'scopes_missing'],
    async ({ client, clock, connect }) => {
      await clock.advance(hour)
      await connect(client())
      return client()
    },
  ],
}

test.each(Object.entries(troubles))(
  'each error of %s names the installation that it is about',
  async (_, [codes, begin]) => {
    const seen = new Set<string>()
    for (const call of calls) {
      const scene = createScene()
      const first = scene.client()
      await scene.connect(first)
      const link = new URL(await first.reconnectLink(ada)).searchParams.get('reconnect')!
      const held = { session: await first.issueSession(ada, day), link }
      const oauth = await begin(scene)
      const [settled] = await inTime(scene.clock, Promise.allSettled([call(oauth, held)]))
      if (settled?.status !== 'rejected' || !(settled.reason instanceof PipedriveOAuthError)) continue
      const { code, installationId } = settled.reason
      // Whose link it is remains unknown if it cannot be opened.
      if (code === 'link_expired' && !codes.includes(code)) continue
      expect([code, installationId]).toEqual([code, ada])
      seen.add(code)
    }
    expect([...seen].toSorted()).toEqual(codes.toSorted())
  },
)
