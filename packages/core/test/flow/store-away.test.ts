import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PipedriveOAuth } from '../../src/index.ts'
import { ada, createScene, hour, minute, second, type Scene } from './scene.ts'
import { hangs, losesAnswer, rejects, troubledStore, type Trouble } from './troubled-store.ts'

async function createTroubledScene(policy = {}) {
  const scene = createScene({ rotateRefreshTokens: true })
  const troubled = troubledStore(scene.store)
  const oauth = scene.client({ store: troubled.store, policy })
  await scene.connect(oauth)
  return { ...scene, troubled, oauth }
}

/** Answers after some time. */
const takes =
  (clock: Scene['clock'], ms: number): Trouble =>
  async (work) => {
    await clock.sleep(ms)
    return work()
  }

const deals = '/api/v2/deals'

test.each([
  ['fails', rejects],
  ['does its work, and its answer is lost', losesAnswer],
])('a revocation is noted also where the store %s at first', async (_, trouble) => {
  const { clock, fake, troubled, oauth } = await createTroubledScene()
  const revoked = await oauth.installation(ada).accessToken()
  troubled.meet('compareAndSet', trouble, 2)
  const revoking = oauth.installation(ada).revokeAccessToken()
  await clock.advance(2 * second)
  await revoking
  const token = await oauth.installation(ada).accessToken()
  expect([token === revoked, fake.serverAccepts(revoked), fake.serverAccepts(token)]).toEqual([
    false,
    false,
    true,
  ])
})

describe('F86 while the store is slow or away', () => {
  test.each([
    ['accessToken', (oauth: PipedriveOAuth) => oauth.installation(ada).accessToken()],
    ['fetch', (oauth: PipedriveOAuth) => oauth.installation(ada).fetch(deals)],
    ['sdk', (oauth: PipedriveOAuth) => oauth.installation(ada).sdk('v2')],
    ['api', (oauth: PipedriveOAuth) => oauth.installation(ada).api(deals)],
  ])('F86 %s() gives a valid token from memory after storeGraceMs, and an event says so', async (_, call) => {
    const { clock, happened, heard, oauth, troubled } = await createTroubledScene()
    await clock.advance(minute)
    troubled.meet('get', hangs)
    let isServed = false
    const served = call(oauth).then(() => (isServed = true))
    await clock.advance(oauth.policy.storeGraceMs - 1)
    expect(isServed).toBe(false)
    await clock.advance(1)
    await served
    expect(heard.findLast(({ type }) => type === 'served_without_store')).toMatchObject({
      code: 'store_unavailable',
      cause: `The token store did not answer within ${oauth.policy.storeGraceMs} ms.`,
    })
    await clock.advance(10 * second)
    expect(happened().filter((type) => type === 'served_without_store')).toHaveLength(1)
    expect(heard.filter(({ type }) => type === 'store_failed')).toMatchObject([
      { operation: 'get', durationMs: oauth.policy.storeTimeoutMs, installationId: ada },
    ])
  })

  test('F86 nobody waits for a refresh that begins after that, so its failure is told as one in the background', async () => {
    const { clock, events, fake, oauth, troubled } = await createTroubledScene()
    await clock.advance(56 * minute) // within refreshAheadMs
    troubled.meet('get', takes(clock, second))
    fake.faults.add({
      endpoint: 'token',
      fault: { type: 'status', status: 400, body: { error: 'invalid_client' } },
    })
    const asked = oauth.installation(ada).accessToken()
    await clock.advance(minute)
    await asked
    expect(events.filter(({ type }) => type === 'refresh_failed')).toMatchObject([
      { code: 'client_rejected', inBackground: true },
    ])
  })

  test('F86 a read that goes on after that brings an uninstall to the next caller', async () => {
    const { client, clock, fake, oauth, troubled } = await createTroubledScene()
    await clock.advance(minute)
    await client().handleUninstall(fake.uninstallNotice())
    troubled.meet('get', takes(clock, second))
    const first = oauth.installation(ada).accessToken()
    await clock.advance(second)
    expect(typeof (await first)).toBe('string')
    troubled.recover()
    const next = Promise.allSettled([oauth.installation(ada).accessToken()])
    await clock.advance(0)
    expect(await next).toMatchObject([{ reason: { code: 'not_installed' } }])
  })

  test('F86 a refresh that was claimed after the caller got the old token is carried out, and settled() waits for it', async () => {
    const { clock, oauth, refreshes, troubled } = await createTroubledScene()
    const work: Promise<unknown>[] = []
    await clock.advance(56 * minute) // within refreshAheadMs
    troubled.meet('get', takes(clock, second))
    const handle = oauth.installation(ada, { waitUntil: (one) => void work.push(one) })
    const asked = handle.accessToken()
    await clock.advance(300)
    await asked
    expect([refreshes(), work.length > 0]).toEqual([0, true])
    let isSettled = false
    const settled = oauth.settled().then(() => (isSettled = true))
    await clock.advance(0)
    expect(isSettled).toBe(false)
    await clock.advance(minute)
    await settled
    expect(refreshes()).toBe(1)
  })

  test('F86 a store that answers within storeGraceMs is waited for, and one with storeGraceMs 0 is not', async () => {
    const patient = await createTroubledScene()
    await patient.clock.advance(minute)
    patient.troubled.meet('get', takes(patient.clock, 150))
    await patient.client().handleUninstall(patient.fake.uninstallNotice())
    const waited = Promise.allSettled([patient.oauth.installation(ada).accessToken()])
    await patient.clock.advance(200)
    expect(await waited).toMatchObject([{ reason: { code: 'not_installed' } }])

    const hasty = await createTroubledScene({ storeGraceMs: 0 })
    await hasty.clock.advance(minute)
    hasty.troubled.meet('get', takes(hasty.clock, 150))
    const asked = hasty.oauth.installation(ada).accessToken()
    await hasty.clock.advance(0)
    expect(typeof (await asked)).toBe('string')
  })

  test('F86 a token that the API rejected, or that has expired, is not served', async () => {
    const { clock, oauth, fake, troubled } = await createTroubledScene()
    const token = await oauth.installation(ada).accessToken()
    fake.killAccessTokens()
    await clock.advance(minute)
    troubled.meet('get', hangs)
    troubled.meet('compareAndSet', hangs)
    const rejected = Promise.allSettled([oauth.installation(ada).fetch(deals)])
    await clock.advance(6 * second)
    expect(await rejected).toMatchObject([{ reason: { code: 'store_unavailable' } }])
    await clock.advance(2 * hour)
    const expired = Promise.allSettled([oauth.installation(ada).accessToken()])
    await clock.advance(5 * second)
    expect(await expired).toMatchObject([{ reason: { code: 'store_unavailable' } }])
    expect(token).not.toBe('')
  })
})

/** Everything that asks the store for one record. */
const calls: Record<string, (oauth: PipedriveOAuth, scene: Scene) => Promise<unknown>> = {
  accessToken: (oauth) => oauth.installation(ada).accessToken(),
  fetch: (oauth) => oauth.installation(ada).fetch(deals),
  describe: (oauth) => oauth.installation(ada).describe(),
  history: (oauth) => oauth.installation(ada).history(),
  forget: (oauth) => oauth.installation(ada).forget(),
  refresh: (oauth) => oauth.installation(ada).refresh(),
  uninstall: (oauth) => oauth.installation(ada).uninstall(),
  revokeAccessToken: (oauth) => oauth.installation(ada).revokeAccessToken(),
  handleUninstall: (oauth, { fake }) => oauth.handleUninstall(fake.uninstallNotice()),
  endSessions: (oauth) => oauth.endSessions(ada),
  reconnectLink: (oauth) => oauth.reconnectLink(ada),
  exchangeApiToken: (oauth, { fake }) => oauth.exchangeApiToken(fake.users[0]!.apiToken),
  adopt: (oauth, { clock }) =>
    oauth.adopt(
      { access_token: 'at', refresh_token: 'rt', expires_in: 3599 },
      { obtainedAt: clock.now(), account: { companyId: 1001, userId: 11 }, replace: true },
    ),
  checkStore: (oauth) => oauth.checkStore({ write: true }),
  keepAlive: (oauth) => oauth.keepAlive(),
}

/** A method of the store hangs, fails, fails after a while, answers late, or does its work and loses the answer. */
const troubleOf = fc.oneof(
  fc.constant('hangs' as const),
  fc.constant('rejects' as const),
  fc.constant('loses' as const),
  fc.integer({ min: 1, max: 7_000 }),
)
type Drawn = 'hangs' | 'rejects' | 'loses' | number

function troubleFrom(drawn: Drawn, clock: Scene['clock']): Trouble {
  if (typeof drawn === 'number')
    return async (work) => {
      await clock.sleep(drawn)
      return drawn % 2 === 0 ? work() : rejects(work)
    }
  return { hangs, rejects, loses: losesAnswer }[drawn]
}

test('F86 every call ends within storeTimeoutMs after the store stopped answering in time', async () => {
  const drawn = fc.record({
    call: fc.constantFrom(...Object.keys(calls)),
    get: troubleOf,
    compareAndSet: troubleOf,
    expired: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(drawn, async ({ call, get, compareAndSet, expired }) => {
      const scene = await createTroubledScene({ requestsPerRefresh: 1 })
      const { clock, oauth, troubled } = scene
      await clock.advance(expired ? 2 * hour : minute)
      let silentSince: number | undefined
      const noted =
        (trouble: Trouble): Trouble =>
        (work) => {
          // A store that answers within its time resets the count: only silence is bounded.
          silentSince ??= clock.now()
          return trouble(work).then((answer) => {
            silentSince = undefined
            return answer
          })
        }
      troubled.meet('get', noted(troubleFrom(get, clock)))
      troubled.meet('compareAndSet', noted(troubleFrom(compareAndSet, clock)))
      const run = { isOver: false }
      const ended = Promise.allSettled([calls[call]!(oauth, scene)]).then(() => (run.isOver = true))
      for (let waited = 0; !run.isOver && waited < 120; waited++) {
        await clock.advance(second / 2)
        if (!run.isOver && silentSince !== undefined)
          expect(clock.now() - silentSince).toBeLessThanOrEqual(5 * second)
      }
      await ended
    }),
    {
      numRuns: 150,
      // What `checkStore()` cleans up after a write that fails late, nobody waits for.
      examples: [
        [{ call: 'checkStore', get: 1_538, compareAndSet: 4_155, expired: false }],
        [{ call: 'checkStore', get: 1_000, compareAndSet: 'hangs', expired: false }],
      ],
    },
  )
})
