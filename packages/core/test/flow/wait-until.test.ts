import { expect, test } from 'vitest'
import { fullClock } from '../../src/client/runtime/clock.ts'
import { Flights } from '../../src/client/tokens/flights.ts'
import { ada, createScene, hour, minute, second } from './scene.ts'

/** A request of a runtime that ends work with the request that began it. */
function edgeRequest() {
  const kept: Promise<unknown>[] = []
  return { kept, waitUntil: (work: Promise<unknown>) => void kept.push(work) }
}

test('the request that began a background refresh keeps it alive, and no other request does', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(57 * minute)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const [first, later] = [edgeRequest(), edgeRequest()]

  await oauth.installation(ada, first).accessToken()
  await gate.reached
  await oauth.installation(ada, later).accessToken()
  await Promise.all(later.kept)
  expect((await oauth.installation(ada).describe())?.refreshes).toBe(0)
  gate.release()
  await Promise.all(first.kept)

  expect((await oauth.installation(ada).describe())?.refreshes).toBe(1)
  expect(refreshes()).toBe(1)
})

test('a wait that others may join is kept alive, also if its own caller gives up', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const request = edgeRequest()
  const leaving = new AbortController()

  const left = oauth.installation(ada, request).accessToken({ signal: leaving.signal })
  await gate.reached
  const stays = oauth.installation(ada).accessToken()
  leaving.abort('closed the tab')
  await expect(left).rejects.toBe('closed the tab')
  gate.release()
  await Promise.all(request.kept)

  expect(fake.serverAccepts(await stays)).toBe(true)
})

test('a promise given to waitUntil never rejects', async () => {
  const { client } = createScene()
  const request = edgeRequest()
  await expect(client().installation(ada, request).accessToken()).rejects.toThrow('no such installation')
  expect(await Promise.allSettled(request.kept)).toMatchObject(
    request.kept.map(() => ({ status: 'fulfilled' })),
  )
})

test('no caller joins a flight that is older than a lease, because the runtime may have ended its request', async () => {
  const { clock } = createScene()
  const flights = new Flights<string>(fullClock(clock), 30 * second)
  const patience = { installationId: ada, waitMs: hour }
  const dead = flights.join(ada, patience, () => new Promise(() => {}))
  await clock.advance(29 * second)
  const unlucky = flights.join(ada, patience, async () => 'never begun')
  await clock.advance(second)

  expect(await flights.join(ada, patience, async () => 'a new flight')).toBe('a new flight')
  expect(await Promise.race([dead, unlucky, Promise.resolve('still waiting')])).toBe('still waiting')
})
