import { describe, expect, test } from 'vitest'
import type { TokenStore } from '../../src/index.ts'
import { recordedFetch } from './recorded-fetch.ts'
import { ada, createScene, failure, hour, inTime, minute, second, silence, skewed, stopped } from './scene.ts'
import { troubledStore } from './troubled-store.ts'

const tokenEndpoint = 'https://oauth.pipedrive.com/oauth/token'

/** Two machines whose clocks differ by five seconds, and one recorder of what both send. */
async function createSkewedScene([one, other]: readonly [number, number]) {
  const scene = createScene()
  const recorded = recordedFetch(scene.fake.fetch)
  const machine = (byMs: number, store: TokenStore = scene.store) =>
    scene.client({ fetch: recorded.fetch, clock: skewed(scene.clock, byMs), store })
  const machines = [machine(one), machine(other)] as const
  await scene.connect(machines[0])
  const mostAtOnce = () =>
    Math.max(...recorded.sent.flatMap(({ url, atOnce }) => (url === tokenEndpoint ? [atOnce] : [])))
  return { ...scene, machine, machines, mostAtOnce }
}

describe.each([
  [0, 5 * second],
  [5 * second, 0],
  [0, -5 * second],
  [-5 * second, 0],
  [-2.5 * second, 2.5 * second],
] as const)('F35 clocks that are %i ms and %i ms wrong', (...offsets) => {
  test('F35 never have two refreshes under way at once, however slow the answers', async () => {
    const { clock, fake, machines, mostAtOnce, refreshes } = await createSkewedScene(offsets)
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: { type: 'hang' }, times: 8 })
    const asked = Promise.allSettled(
      machines.map((oauth) => oauth.installation(ada).accessToken({ waitMs: hour })),
    )
    for (let round = 0; round < 60; round++) {
      void Promise.allSettled(machines.map((oauth) => oauth.installation(ada).accessToken()))
      await clock.advance(3 * second)
    }
    await asked
    expect(mostAtOnce()).toBe(1)
    expect(refreshes()).toBeGreaterThan(7)
  })

  test('F35 never have two refreshes under way at once, however late the claim is confirmed', async () => {
    const { clock, fake, machine, mostAtOnce, refreshes, store } = await createSkewedScene(offsets)
    const late = troubledStore(store)
    late.meet('compareAndSet', async (work) => {
      const answer = await work()
      await clock.sleep(4_900)
      return answer
    })
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: { type: 'hang' }, times: 9 })
    const asked = Promise.allSettled([machine(offsets[0], late.store).installation(ada).accessToken()])
    await clock.advance(second)
    const rival = Promise.allSettled([machine(offsets[1]).installation(ada).accessToken()])
    await clock.advance(2 * minute)
    await Promise.all([asked, rival])
    expect(mostAtOnce()).toBe(1)
    expect(refreshes()).toBeGreaterThan(1)
  })

  test('F35 never deliver a token past its real expiry', async () => {
    const { clock, fake, machines, refreshes } = await createSkewedScene(offsets)
    for (let seconds = 0; seconds < 3 * 3_600; seconds += 41) {
      for (const oauth of machines) {
        const token = await oauth.installation(ada).accessToken()
        expect(fake.serverAccepts(token)).toBe(true)
      }
      await clock.advance(41 * second)
    }
    expect(refreshes()).toBeLessThan(5)
  })

  test('F35 make one refresh when both need it', async () => {
    const { clock, fake, machines, refreshes } = await createSkewedScene(offsets)
    for (let round = 1; round <= 3; round++) {
      await clock.advance(2 * hour)
      fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: 8 * second } })
      const asked = Promise.all(machines.map((oauth) => oauth.installation(ada).accessToken()))
      await clock.advance(10 * second)
      expect(new Set(await asked).size).toBe(1)
      expect(refreshes()).toBe(round)
    }
  })
})

test('F35 a lease and a cooldown written by a fast clock end for a slow one', async () => {
  const { clock, fake, machines } = await createSkewedScene([5 * second, 0])
  const [fast, slow] = machines
  await clock.advance(2 * hour)
  fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
  const failed = Promise.allSettled([fast.installation(ada).accessToken()])
  await clock.advance(second)
  await failed
  await clock.advance(7 * second)
  expect(fake.serverAccepts(await slow.installation(ada).accessToken())).toBe(true)
})

test('F35 a notice with the true time removes an installation made by a fast clock, once the skew has passed', async () => {
  const { clock, fake, machines } = await createSkewedScene([5 * second, 0])
  await clock.advance(minute)
  const { request } = await fake.uninstall()
  expect((await machines[1].handleUninstall(request)).removed).toBe(true)
})

describe.each([4 * hour, 24 * 365 * hour])('a clock that is %d ms ahead', (aheadMs) => {
  test('F37 of a process that claims a refresh and dies does not keep the others from refreshing', async () => {
    const { client, clock, connect, fake } = createScene()
    await connect(client())
    await clock.advance(2 * hour)
    const dying = client({ clock: stopped(skewed(clock, aheadMs)), fetch: silence })
    void dying
      .installation(ada)
      .accessToken()
      .catch(() => {})
    await clock.advance(second)
    const token = await client().installation(ada).accessToken()
    expect(fake.serverAccepts(token)).toBe(true)
  })

  test('F37 of a process that records a failure does not put the others off', async () => {
    const { client, clock, connect, fake } = createScene()
    await connect(client())
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: { type: 'status', status: 503 }, times: 2 })
    const failing = failure(
      client({ clock: skewed(clock, aheadMs) })
        .installation(ada)
        .accessToken(),
    )
    expect(await inTime(clock, failing)).toBe('token_endpoint_unavailable')
    expect(fake.serverAccepts(await client().installation(ada).accessToken())).toBe(true)
  })

  test('F38 of a process that refreshed does not make its token look fresh to the others', async () => {
    const { client, clock, connect, fake } = createScene()
    await connect(client())
    await clock.advance(2 * hour)
    await client({ clock: skewed(clock, aheadMs) })
      .installation(ada)
      .accessToken()
    await clock.advance(2 * hour)
    fake.expireAccessTokens()
    const token = await client().installation(ada).accessToken()
    expect(fake.serverAccepts(token)).toBe(true)
  })
})

test('F38 a clock that is set back under a running process ends its trust in memory', async () => {
  const { client, clock, connect } = createScene()
  let setBackMs = 0
  const own = { now: () => clock.now() - setBackMs, sleep: clock.sleep }
  const oauth = client({ clock: own })
  await connect(oauth)
  await oauth.installation(ada).accessToken()
  await client().installation(ada).uninstall()
  await clock.advance(second)
  setBackMs = 4 * hour
  expect(await failure(oauth.installation(ada).accessToken())).toBe('not_installed')
})
