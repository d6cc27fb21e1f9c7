import { expect, test } from 'vitest'
import {
  ada,
  createScene,
  day,
  failure,
  hour,
  minute,
  second,
  silence,
  stopped,
  type Scene,
} from './scene.ts'
import { hangs, troubledStore, waitsFor } from './troubled-store.ts'

/** A client in a process that dies as soon as its refresh has to leave it. */
const dying = ({ client, clock }: Scene) => client({ fetch: silence, clock: stopped(clock) })

/** Ten callers in each of two other processes. */
const waitingElsewhere = ({ client }: Scene) =>
  [client(), client()].flatMap((oauth) =>
    Array.from({ length: 10 }, () => oauth.installation(ada).accessToken()),
  )

/** A connected user whose access token has expired, and a client whose store stalls once `stall()` is called. */
async function createStallingScene(fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(fakeOptions)
  const { clock, client, connect, store } = scene
  const stalling = troubledStore(store)
  const stalled = Promise.withResolvers<void>()
  const holder = client({ store: stalling.store, policy: { storeTimeoutMs: day } })
  await connect(client())
  await clock.advance(2 * hour)
  return {
    ...scene,
    holder,
    stall: () => {
      for (const method of ['get', 'compareAndSet'] as const) stalling.meet(method, waitsFor(stalled.promise))
    },
    goOn: () => stalled.resolve(),
  }
}

test.each([
  ['fails', { type: 'status', status: 503 }, 2],
  ['is refused', { type: 'status', status: 400, body: { error: 'invalid_grant' } }, 1],
] as const)(
  'F04 a holder whose lease was taken over changes nothing when its refresh %s in the end',
  async (_, fault, times) => {
    const { clock, client, fake, holder, stall, goOn, store, events } = await createStallingScene()
    fake.faults.add({ endpoint: 'token', fault: [{ type: 'slow', delayMs: second }, fault], times })
    const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })

    const late = holder.installation(ada).accessToken()
    await clock.advance(0)
    stall()
    await clock.advance(31 * second)
    const rival = client().installation(ada).accessToken()
    await gate.reached
    const claimed = await store.get(ada)
    goOn()
    await clock.advance(second)

    expect(await store.get(ada)).toEqual(claimed)
    gate.release()
    const token = await rival
    expect(fake.serverAccepts(token)).toBe(true)
    expect(await late).toBe(token)
    expect(events.filter(({ type }) => type !== 'installed').map(({ type }) => type)).toEqual(['refreshed'])
  },
)

test('F04 a late answer of this process changes nothing once this process has claimed the refresh again', async () => {
  const { clock, client, connect, fake, happened, store } = createScene()
  await connect(client())
  await clock.advance(2 * hour)
  const stalling = troubledStore(store)
  const stalled = Promise.withResolvers<void>()
  const oauth = client({ store: stalling.store, policy: { storeTimeoutMs: day, requestsPerRefresh: 1 } })
  fake.faults.add({
    endpoint: 'token',
    fault: [
      { type: 'slow', delayMs: second },
      { type: 'status', status: 503 },
    ],
  })

  const early = oauth.installation(ada).accessToken({ waitMs: hour })
  await clock.advance(0)
  stalling.meet('compareAndSet', waitsFor(stalled.promise), 1)
  await clock.advance(31 * second)
  const again = fake.faults.hold({ endpoint: 'token' })
  const late = oauth.installation(ada).accessToken({ waitMs: hour })
  await again.reached
  const claimed = await store.get(ada)
  stalled.resolve()
  await clock.advance(second)

  expect(await store.get(ada)).toEqual(claimed)
  again.release()
  await clock.advance(second)
  expect(await early).toBe(await late)
  expect(happened()).toEqual(['installed', 'refreshed'])
})

test('F06 a waiter takes a refresh over at the very end of the lease, not at its next look at the store', async () => {
  const scene = createScene()
  const { clock, client, connect, refreshes } = scene
  await connect(client())
  await clock.advance(2 * hour)
  void dying(scene).installation(ada).accessToken()
  await clock.advance(300)
  const waiting = client().installation(ada).accessToken()

  await clock.advance(30 * second - 301)
  expect(refreshes()).toBe(0)
  await clock.advance(1)
  expect(refreshes()).toBe(1)
  await waiting
})

test('F06 a holder that dies between claim and request is taken over after the lease, with one token request', async () => {
  const scene = createScene({ rotateRefreshTokens: true })
  const { clock, client, connect, fake, refreshes } = scene
  await connect(client())
  await clock.advance(2 * hour)

  void dying(scene).installation(ada).accessToken()
  await clock.advance(second)
  const waiting = Promise.all(waitingElsewhere(scene))
  await clock.advance(28 * second)
  expect(refreshes()).toBe(0)
  await clock.advance(2 * second)

  const tokens = new Set(await waiting)
  expect(tokens.size).toBe(1)
  expect(fake.serverAccepts([...tokens][0]!)).toBe(true)
  expect(refreshes()).toBe(1)
})

test('F06 a holder that dies while Pipedrive never answers is taken over after the lease', async () => {
  const scene = createScene({ rotateRefreshTokens: true })
  const { clock, client, connect, fake, refreshes } = scene
  await connect(client())
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'hang' } })

  void client({ clock: stopped(clock) })
    .installation(ada)
    .accessToken()
  await clock.advance(second)
  const waiting = Promise.all(waitingElsewhere(scene))
  await clock.advance(30 * second)

  expect(new Set(await waiting).size).toBe(1)
  expect(refreshes()).toBe(2)
})

test('F06 a holder that dies after Pipedrive answered, before it saved, is taken over: the refresh token still works', async () => {
  const scene = createScene()
  const { clock, client, connect, fake, refreshes, store } = scene
  await connect(client())
  await clock.advance(2 * hour)
  const dies = troubledStore(store)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })

  void client({ store: dies.store, clock: stopped(clock) })
    .installation(ada)
    .accessToken()
  await gate.reached
  dies.meet('compareAndSet', hangs)
  gate.release()
  await clock.advance(second)
  const waiting = Promise.all(waitingElsewhere(scene))
  await clock.advance(30 * second)

  const tokens = new Set(await waiting)
  expect(tokens.size).toBe(1)
  expect(fake.serverAccepts([...tokens][0]!)).toBe(true)
  expect(refreshes()).toBe(2)
})

test('F06 if the only rotated refresh token died with its holder, callers get reauthorization_required and none waits for ever', async () => {
  const { clock, client, connect, fake, happened, refreshes, store } = createScene({
    rotateRefreshTokens: true,
  })
  await connect(client())
  await clock.advance(2 * hour)
  const dies = troubledStore(store)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  void client({ store: dies.store, clock: stopped(clock) })
    .installation(ada)
    .accessToken()
  await gate.reached
  dies.meet('compareAndSet', hangs)
  gate.release()
  await clock.advance(second)

  const oauth = client()
  const early = failure(oauth.installation(ada).accessToken())
  await clock.advance(minute)
  expect(await early).toBe('refresh_pending')
  expect(await failure(oauth.installation(ada).accessToken())).toBe('reauthorization_required')
  expect(happened()).toEqual(['installed', 'refresh_contested', 'reauthorization_required'])
  expect(refreshes()).toBe(2)
})

test('F07 the token of a rival that rotated first is adopted, and no user is told to connect again', async () => {
  const { clock, client, connect, fake, happened, refreshes } = createScene({ rotateRefreshTokens: true })
  const clients = [client(), client(), client()]
  await connect(clients[0]!)
  for (let round = 1; round <= 5; round++) {
    await clock.advance(2 * hour)
    const tokens = await Promise.all(clients.map((oauth) => oauth.installation(ada).accessToken()))
    expect(new Set(tokens).size).toBe(1)
    expect(fake.serverAccepts(tokens[0]!)).toBe(true)
    expect(refreshes()).toBe(round)
  }
  expect(new Set(happened())).toEqual(new Set(['installed', 'refreshed']))
})

test('F07 a rival that stalls for most of a lease between answer and save still wins; callers get its token', async () => {
  const { clock, client, fake, goOn, happened, holder, refreshes, stall } = await createStallingScene({
    rotateRefreshTokens: true,
    reuseDetection: false,
  })
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const won = holder.installation(ada).accessToken({ waitMs: hour })
  await gate.reached
  stall()
  gate.release()

  await clock.advance(25 * second)
  const other = client()
  const waits = other.installation(ada).accessToken()
  await clock.advance(6 * second)
  expect([refreshes(), happened().at(-1)]).toEqual([2, 'refresh_contested'])
  await clock.advance(27 * second)
  goOn()

  const token = await waits
  expect(token).toBe(await won)
  expect(fake.serverAccepts(token)).toBe(true)
  expect(happened()).not.toContain('reauthorization_required')
  await clock.advance(2 * hour)
  expect(fake.serverAccepts(await other.installation(ada).accessToken())).toBe(true)
})

test('F07 a save that comes after later refreshes changes nothing', async () => {
  const { clock, client, fake, goOn, holder, refreshes, stall, store } = await createStallingScene()
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const late = holder.installation(ada).accessToken({ waitMs: 10 * hour })
  await gate.reached
  stall()
  gate.release()
  const other = client()
  for (let round = 0; round < 2; round++) {
    await clock.advance(2 * hour)
    await other.installation(ada).accessToken()
  }
  expect(refreshes()).toBe(3)
  const stored = await store.get(ada)
  goOn()

  expect(await late).toBe(await other.installation(ada).accessToken())
  await holder.settled()
  expect(await store.get(ada)).toEqual(stored)
})

test('F07 a save that comes after the grant was given up brings it back', async () => {
  const { clock, client, fake, goOn, holder, stall } = await createStallingScene({
    rotateRefreshTokens: true,
    reuseDetection: false,
  })
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const won = holder.installation(ada).accessToken({ waitMs: hour })
  await gate.reached
  stall()
  gate.release()
  const other = client()
  await clock.advance(31 * second)
  const waits = failure(other.installation(ada).accessToken())
  await clock.advance(40 * second)
  expect(await waits).toBe('reauthorization_required')

  goOn()
  const token = await won
  expect(await other.installation(ada).accessToken()).toBe(token)
  expect(fake.serverAccepts(token)).toBe(true)
})
