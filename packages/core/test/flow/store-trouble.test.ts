import { describe, expect, test } from 'vitest'
import { ada, collected, createScene, failure, hour, minute, rejection, second } from './scene.ts'
import { hangs, losesAnswer, rejects, troubledStore, type Trouble } from './troubled-store.ts'

/** A connected user, and a client whose view of the store can be troubled. */
async function createTroubledScene(fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene({ rotateRefreshTokens: true, ...fakeOptions })
  const troubled = troubledStore(scene.store)
  const oauth = scene.client({ store: troubled.store })
  await scene.connect(oauth)
  return { ...scene, troubled, oauth, installation: oauth.installation(ada) }
}

const allDown = (troubled: ReturnType<typeof troubledStore>, trouble: Trouble) => {
  for (const method of ['get', 'compareAndSet', 'due', 'list', 'changed'] as const)
    troubled.meet(method, trouble)
}

describe.each([
  ['rejects', rejects],
  ['hangs', hangs],
])('F34 a store that %s', (_, trouble) => {
  test('F34 leaves a valid token in memory serving, and an event says so', async () => {
    const { clock, fake, happened, installation, refreshes, troubled } = await createTroubledScene()
    allDown(troubled, trouble)
    await clock.advance(50 * minute)

    const asked = Promise.all([
      installation.accessToken(),
      installation.fetch('/api/v2/deals'),
      installation.sdk('v1'),
    ])
    await clock.advance(5 * second)
    const [token, response, sdk] = await asked
    expect(fake.serverAccepts(token)).toBe(true)
    expect([response.status, sdk.basePath]).toEqual([200, 'https://acme.pipedrive.com/api/v1'])
    expect(happened()).toContain('served_without_store')
    expect(refreshes()).toBe(0)
  })

  test('F34 is a typed error within storeTimeoutMs if there is no valid token in memory', async () => {
    const { clock, client, fake, oauth, troubled, installation, refreshes } = await createTroubledScene()
    allDown(troubled, trouble)
    await clock.advance(2 * hour)
    const fresh = client({ store: troubled.store })
    const errors = Promise.all(
      [
        installation.accessToken(),
        installation.fetch('/api/v2/deals'),
        installation.refresh(),
        installation.describe(),
        installation.revokeAccessToken(),
        installation.uninstall(),
        fresh.installation(ada).accessToken(),
        fresh.keepAlive(),
        collected(oauth.installations()),
      ].map(rejection),
    )
    await clock.advance(trouble === hangs ? 5 * second : 0)
    for (const error of await errors)
      expect(error).toMatchObject({
        name: 'StoreError',
        code: 'store_unavailable',
        retryable: true,
        status: 503,
      })
    expect(refreshes()).toBe(0)
    expect(fake.calls.filter((call) => call.endpoint === 'revoke')).toEqual([])
  })

  test('F34 makes a callback and an uninstall notice fail only after retries', async () => {
    const { clock, client, fake, troubled } = await createTroubledScene()
    await clock.advance(minute)
    allDown(troubled, trouble)
    const oauth = client({ store: troubled.store })
    const { url, attempt } = await oauth.authorize()
    const callback = await fake.approve(url, { user: '1001:12' })
    const connected = oauth.callback(callback, attempt)
    const removed = oauth.handleUninstall(fake.uninstallNotice())
    await clock.advance(4 * second)
    troubled.recover()
    await clock.advance(6 * second)
    expect((await connected).installation.id).toBe('1001:12')
    expect((await removed).removed).toBe(true)

    await clock.advance(minute)
    allDown(troubled, trouble)
    const given = failure(oauth.handleUninstall(fake.uninstallNotice('1001:12')))
    await clock.advance(21 * second)
    expect(await given).toBe('store_unavailable')
  })

  test('F34 works again, with one token request, as soon as it answers', async () => {
    const { clock, fake, installation, refreshes, troubled } = await createTroubledScene()
    allDown(troubled, trouble)
    await clock.advance(2 * hour)
    const asked = failure(installation.accessToken())
    await clock.advance(5 * second)
    expect(await asked).toBe('store_unavailable')
    troubled.recover()

    const tokens = await Promise.all([installation.accessToken(), installation.accessToken()])
    expect(fake.serverAccepts(tokens[0])).toBe(true)
    expect([new Set(tokens).size, refreshes()]).toEqual([1, 1])
  })
})

test('F34 a claim whose answer comes too late leads to no second refresh', async () => {
  const { client, clock, fake, installation, refreshes, troubled } = await createTroubledScene()
  await clock.advance(2 * hour)
  // The claim is written, but the client gets no answer, and its check gets none either.
  const late: Trouble = async (work) => {
    await work()
    return new Promise(() => {})
  }
  troubled.meet('compareAndSet', late, 1)
  troubled.meet('get', hangs)
  const failed = failure(installation.accessToken())
  await clock.advance(10 * second)
  expect(await failed).toBe('store_unavailable')
  troubled.recover()

  const asked = Promise.all([installation.accessToken(), client().installation(ada).accessToken()])
  await clock.advance(30 * second)
  const tokens = await asked
  expect([new Set(tokens).size, refreshes()]).toEqual([1, 1])
  expect(fake.serverAccepts(tokens[0])).toBe(true)
})

test('F34 a store that is slow within storeTimeoutMs only costs time', async () => {
  const { client, clock, fake, refreshes, troubled } = await createTroubledScene()
  const slow: Trouble = async (work) => {
    await clock.sleep(second / 2)
    const answer = await work()
    await clock.sleep(second / 2)
    return answer
  }
  allDown(troubled, slow)
  await clock.advance(2 * hour)
  const asked = Promise.all(
    [client({ store: troubled.store }), client({ store: troubled.store })].map((oauth) =>
      oauth.installation(ada).accessToken(),
    ),
  )
  await clock.advance(35 * second)
  const tokens = await asked
  expect([new Set(tokens).size, refreshes()]).toEqual([1, 1])
  expect(fake.serverAccepts(tokens[0]!)).toBe(true)
})

test('F34 no request is sent that could outlive a lease which a slow store has used up', async () => {
  const { clock, client, fake, installation, refreshes, troubled } = await createTroubledScene()
  await clock.advance(2 * hour)
  troubled.meet('compareAndSet', async (work) => {
    const answer = await work()
    await clock.sleep(20 * second)
    return answer
  })
  const patient = client({ store: troubled.store, policy: { storeTimeoutMs: minute } })
  const asked = failure(patient.installation(ada).accessToken())
  await clock.advance(minute)
  expect(await asked).toBe('refresh_pending')
  expect(refreshes()).toBe(0)
  troubled.recover()
  await clock.advance(2 * minute)
  expect(fake.serverAccepts(await installation.accessToken())).toBe(true)
})

test('F34 a store that came back empty means not_installed, not a wrong token', async () => {
  const { clock, installation, store, troubled } = await createTroubledScene()
  await store.compareAndSet(ada, (await store.get(ada))!.version, undefined)
  await clock.advance(5 * second)
  expect(await failure(installation.accessToken())).toBe('not_installed')
  expect(await installation.describe()).toBeUndefined()
  troubled.meet('get', rejects)
  expect(await failure(installation.accessToken())).toBe('store_unavailable')
})

test('F34 if changed() fails or lies, callers poll', async () => {
  const { client, clock, fake, refreshes, troubled } = await createTroubledScene()
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const holder = client().installation(ada).accessToken()
  await gate.reached
  for (const trouble of [rejects, hangs, losesAnswer]) {
    troubled.meet('changed', trouble)
    const waits = client({ store: troubled.store })
      .installation(ada)
      .accessToken({ waitMs: 2 * second })
    const pending = failure(waits)
    await clock.advance(2 * second)
    expect(await pending).toBe('refresh_pending')
  }
  const waits = client({ store: troubled.store }).installation(ada).accessToken()
  await clock.advance(second)
  gate.release()
  await clock.advance(second)
  expect(await waits).toBe(await holder)
  expect(refreshes()).toBe(1)
})

test('F34 a store whose changed() always resolves at once does not make a client spin', async () => {
  const { client, clock, fake, troubled } = await createTroubledScene()
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token' })
  void client().installation(ada).accessToken()
  await gate.reached
  const store = { ...troubled.store, changed: () => Promise.resolve() }
  const before = troubled.calls('get')
  const pending = failure(
    client({ store })
      .installation(ada)
      .accessToken({ waitMs: 10 * second }),
  )
  await clock.advance(10 * second)
  expect(await pending).toBe('refresh_pending')
  expect(troubled.calls('get') - before).toBeLessThan(2_000)
  gate.release()
})

test('F34 a store that refuses every write is an error, not an endless loop', async () => {
  const { client, clock, troubled, refreshes } = await createTroubledScene()
  await clock.advance(2 * hour)
  const store = { ...troubled.store, compareAndSet: async () => false }
  expect(await failure(client({ store }).installation(ada).accessToken())).toBe('store_unavailable')
  expect(refreshes()).toBe(0)
})
