import { describe, expect, test } from 'vitest'
import type { TokenStore } from '../../src/index.ts'
import { ada, createScene, failure, hour, minute, rejection, second, type Scene } from './scene.ts'
import { troubledStore } from './troubled-store.ts'

/** A store with the two required methods only, so that waiting callers poll. */
const plain = ({ store }: Scene): TokenStore => ({ get: store.get, compareAndSet: store.compareAndSet })

describe.each(['rotates', 'does not rotate'])('a server that %s', (rotation) => {
  const createServerScene = () => createScene({ rotateRefreshTokens: rotation === 'rotates' })

  test('F01 a hundred callers on an expired token make one token request, and all get its token', async () => {
    const { clock, client, connect, fake, refreshes } = createServerScene()
    const oauth = client()
    await connect(oauth)
    await clock.advance(2 * hour)

    const tokens = await Promise.all(Array.from({ length: 100 }, () => oauth.installation(ada).accessToken()))

    expect(refreshes()).toBe(1)
    expect(new Set(tokens).size).toBe(1)
    expect(fake.serverAccepts(tokens[0]!)).toBe(true)
  })

  test('F01 the callers of five clients over one store share one token request', async () => {
    const scene = createServerScene()
    const { clock, client, connect, fake, refreshes } = scene
    await connect(client())
    await clock.advance(2 * hour)
    const clients = Array.from({ length: 5 }, () => client())
    const gate = fake.faults.hold({ endpoint: 'token' })

    const asked = clients.flatMap((oauth) =>
      Array.from({ length: 20 }, () => oauth.installation(ada).accessToken()),
    )
    await gate.reached
    await clock.advance(second)
    gate.release()
    const tokens = await Promise.all(asked)

    expect(refreshes()).toBe(1)
    expect(new Set(tokens)).toEqual(new Set(fake.installations()[0]!.accessTokens.slice(-1)))
  })

  test('F01 callers poll a store that cannot tell changes, and still share one token request', async () => {
    const scene = createServerScene()
    const { clock, client, connect, fake, refreshes } = scene
    await connect(client())
    await clock.advance(2 * hour)
    const gate = fake.faults.hold({ endpoint: 'token' })

    const asked = Array.from({ length: 4 }, () =>
      client({ store: plain(scene) })
        .installation(ada)
        .accessToken(),
    )
    await gate.reached
    await clock.advance(3 * second)
    gate.release()
    await clock.advance(second)

    expect(new Set(await Promise.all(asked)).size).toBe(1)
    expect(refreshes()).toBe(1)
  })
})

test('F01 a hundred callers in one process make as many calls to the store as one', async () => {
  const { clock, client, connect, store } = createScene()
  await connect(client())
  await clock.advance(2 * hour)
  const callsFor = async (callers: number) => {
    await clock.advance(2 * hour)
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store })
    await Promise.all(Array.from({ length: callers }, () => oauth.installation(ada).accessToken()))
    return [troubled.calls('get'), troubled.calls('compareAndSet')]
  }
  expect(await callsFor(100)).toEqual(await callsFor(1))
})

test('F05 a waiter uses what was stored while it waited, not the refresh token it had read before', async () => {
  const { clock, client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  const holder = client()
  const waiter = client()
  await connect(holder)
  await waiter.installation(ada).accessToken()
  await clock.advance(2 * hour)
  const first = fake.faults.hold({ endpoint: 'token', when: 'after' })

  const held = holder.installation(ada).accessToken()
  await first.reached
  const waited = waiter.installation(ada).accessToken()
  await clock.advance(5 * second)
  first.release()
  expect(await waited).toBe(await held)

  // The next refresh is the waiter's: with the old refresh token it would end the grant here.
  await clock.advance(2 * hour)
  expect(fake.serverAccepts(await waiter.installation(ada).accessToken())).toBe(true)
  expect(refreshes()).toBe(2)
  expect(fake.tokenRequests({ status: 400 })).toEqual([])
})

test('F05 a client that kept the record in memory reads it again before it refreshes', async () => {
  const { clock, client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  const one = client({ policy: { cacheMs: 4 * hour } })
  const other = client({ policy: { cacheMs: 4 * hour } })
  await connect(one)
  await other.installation(ada).accessToken()
  await clock.advance(2 * hour)

  const token = await one.installation(ada).accessToken()
  expect(await other.installation(ada).accessToken()).toBe(token)
  expect([refreshes(), fake.tokenRequests({ status: 400 })]).toEqual([1, []])
})

test('F10 a refresh goes on for the others, and is saved, when the caller that began it gives up', async () => {
  const { clock, client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const leaving = new AbortController()

  const left = rejection(oauth.installation(ada).accessToken({ signal: leaving.signal }))
  await gate.reached
  const stays = oauth.installation(ada).accessToken()
  leaving.abort(new Error('closed the tab'))
  expect(await left).toEqual(new Error('closed the tab'))
  gate.release()

  expect(fake.serverAccepts(await stays)).toBe(true)
  expect(fake.calls.filter((call) => call.abandoned)).toEqual([])
  expect(refreshes()).toBe(1)
})

test('F10 a refresh is saved although every caller has given up', async () => {
  const { clock, client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })

  const left = failure(oauth.installation(ada).accessToken({ waitMs: second }))
  await gate.reached
  await clock.advance(second)
  expect(await left).toBe('refresh_pending')
  gate.release()
  await oauth.settled()

  expect(await client().installation(ada).accessToken()).toBe(fake.installations()[0]!.accessTokens.at(-1))
  expect(refreshes()).toBe(1)
})

test('F25 two companies with the same user id share no cache, flight, record or request', async () => {
  const { clock, client, connect, fake, refreshes } = createScene({ rotateRefreshTokens: true })
  const oauth = client()
  await connect(oauth, '1001:13')
  await connect(oauth, '1002:13')
  const [acme, globex] = [oauth.installation('1001:13'), oauth.installation('1002:13')]
  const owner = async (installation: typeof acme) => {
    const { data } = await installation.api<{ data: { id: number; company_id: number } }>('/api/v1/users/me')
    return `${data.company_id}:${data.id}`
  }
  expect(await Promise.all([owner(acme), owner(globex)])).toEqual(['1001:13', '1002:13'])

  await clock.advance(2 * hour)
  const [first, other] = await Promise.all([acme.accessToken(), globex.accessToken()])
  expect(first).not.toBe(other)
  expect(await Promise.all([owner(acme), owner(globex)])).toEqual(['1001:13', '1002:13'])
  expect(refreshes()).toBe(2)
  expect((await acme.describe())?.apiDomain).toBe('https://acme.pipedrive.com')
  expect((await globex.describe())?.apiDomain).toBe('https://globex.pipedrive.com')

  await fake.uninstall('1002:13')
  await globex.uninstall()
  expect(await globex.describe()).toBeUndefined()
  expect(await owner(acme)).toBe('1001:13')
})

test('F26 after a late 401 for a replaced token the newer token is used, without a refresh', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  const slow = fake.faults.hold({ endpoint: 'api', path: '/api/v2/deals', when: 'after' })
  fake.killAccessTokens()

  const late = oauth.installation(ada).fetch('/api/v2/deals')
  await slow.reached
  expect((await oauth.installation(ada).fetch('/api/v1/users/me')).status).toBe(200)
  expect(refreshes()).toBe(1)
  await clock.advance(minute)
  slow.release()

  expect((await late).status).toBe(200)
  expect(refreshes()).toBe(1)
})

test('F26 the same holds for a client that learns of the newer token from the store', async () => {
  const { client, connect, fake, refreshes } = createScene()
  const one = client()
  const other = client()
  await connect(one)
  await other.installation(ada).accessToken()
  fake.killAccessTokens()

  expect((await one.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
  // The other client still has the dead token in its memory.
  expect((await other.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
  expect(refreshes()).toBe(1)
})
