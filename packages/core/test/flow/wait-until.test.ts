import { describe, expect, test, vi } from 'vitest'
import { fullClock } from '../../src/client/runtime/clock.ts'
import { Flights } from '../../src/client/tokens/flights.ts'
import { ada, createScene, hour, minute, second } from './scene.ts'

/** A request of a runtime that ends work with the request that began it. */
function edgeRequest() {
  const kept: Promise<unknown>[] = []
  return { kept, options: { waitUntil: (work: Promise<unknown>) => void kept.push(work) } }
}

test('the request that began a background refresh keeps it alive, and no other request does', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(57 * minute)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const [first, later] = [edgeRequest(), edgeRequest()]

  await oauth.installation(ada, first.options).accessToken()
  await gate.reached
  await oauth.installation(ada, later.options).accessToken()
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

  const left = oauth.installation(ada, request.options).accessToken({ signal: leaving.signal })
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
  await expect(client().installation(ada, request.options).accessToken()).rejects.toThrow(
    'no such installation',
  )
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

/** What an unbound `ctx.waitUntil` does, or the `after` of Next outside of a request. */
describe.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new TypeError('Illegal invocation')
    },
  ],
  ['returns a promise that rejects', () => Promise.reject(new TypeError('Illegal invocation')) as never],
])('a waitUntil that %s is logged, and', (_, waitUntil) => {
  /** A connected client, a handle, and the lines of the log so far. */
  const createFaultyScene = async (of: 'the client' | 'a handle') => {
    const scene = createScene()
    const logger = { error: vi.fn<(line: string) => void>(), warn: vi.fn() }
    const store = { ...scene.store, check: async () => [] }
    const oauth = scene.client({ logger, store, ...(of === 'the client' && { waitUntil }) })
    await scene.connect(scene.client())
    const installation = oauth.installation(ada, of === 'a handle' ? { waitUntil } : {})
    const lines = () => new Set(logger.error.mock.calls.map(([line]) => line.split('\n')[0]))
    return { ...scene, oauth, installation, lines }
  }
  const logged = new Set([
    'Pipedrive OAuth: waitUntil failed, so the runtime may stop work in the background (unexpected_error). ' +
      'Cause: TypeError Illegal invocation. What to do: Give a function that calls it on its object, as in ' +
      '(work) => ctx.waitUntil(work), within a request.',
  ])

  test.each(['the client', 'a handle'] as const)(
    'of %s fails no refresh that a caller waits for',
    async (of) => {
      const { clock, fake, installation, lines } = await createFaultyScene(of)
      await clock.advance(2 * hour)
      expect(fake.serverAccepts(await installation.accessToken())).toBe(true)
      expect(lines()).toEqual(logged)
    },
  )

  test.each(['the client', 'a handle'] as const)('of %s fails no refresh in the background', async (of) => {
    const { clock, installation, lines, oauth } = await createFaultyScene(of)
    await clock.advance(57 * minute)
    await installation.accessToken()
    await oauth.settled()
    expect(await installation.describe()).toMatchObject({ refreshes: 1 })
    expect(lines()).toEqual(logged)
  })

  test('of the client fails no call whose store is checked in the background', async () => {
    const { lines, oauth } = await createFaultyScene('the client')
    const tokens = { access_token: 'an-access-token', refresh_token: 'a-refresh-token', expires_in: 3_600 }
    const account = { companyId: 7, userId: 1 }
    expect(await oauth.adopt(tokens, { account })).toMatchObject({ outcome: 'created' })
    await expect.poll(lines).toEqual(logged)
  })
})
