import { describe, expect, test } from 'vitest'
import { ada, createScene, day, failure, hour, minute, second } from './scene.ts'
import { hangs, losesAnswer, rejects, troubledStore, waitsFor, type Trouble } from './troubled-store.ts'

/** A client whose store fails from the moment its refresh token has been spent. */
async function createUnsavedScene(trouble: Trouble) {
  const scene = createScene({ rotateRefreshTokens: true, reuseDetection: false })
  const { clock, client, connect, fake, store } = scene
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
  const asked = oauth.installation(ada).accessToken()
  await gate.reached
  troubled.meet('compareAndSet', trouble)
  troubled.meet('get', trouble)
  gate.release()
  await clock.advance(10 * second)
  return { ...scene, troubled, oauth, token: await asked }
}

describe.each([
  ['refuses to answer', rejects],
  ['hangs', hangs],
])('a store that %s after the refresh token was spent', (_, trouble) => {
  test('F08 saving is tried again, the token serves meanwhile, and events say so', async () => {
    const { clock, client, fake, happened, oauth, refreshes, token, troubled } =
      await createUnsavedScene(trouble)
    expect(fake.serverAccepts(token)).toBe(true)
    expect(happened()).toEqual(['installed', 'save_failed'])

    expect(await oauth.installation(ada).accessToken()).toBe(token)
    expect((await oauth.installation(ada).fetch('/api/v2/deals')).status).toBe(200)
    await clock.advance(6 * second)
    troubled.recover()
    await clock.advance(20 * second)

    expect(happened()).toEqual(['installed', 'save_failed', 'refreshed', 'save_recovered'])
    expect(await client().installation(ada).accessToken()).toBe(token)
    expect(refreshes()).toBe(1)
  })

  test('F08 a token that could not be saved within the lease is saved at its next use', async () => {
    const { clock, client, happened, oauth, refreshes, token, troubled } = await createUnsavedScene(trouble)
    await clock.advance(10 * minute)
    expect(await oauth.installation(ada).accessToken()).toBe(token)
    troubled.recover()
    await clock.advance(10 * second)

    expect(await oauth.installation(ada).accessToken()).toBe(token)
    await oauth.settled()
    expect(happened().at(-1)).toBe('save_recovered')
    expect(await client().installation(ada).accessToken()).toBe(token)
    expect(refreshes()).toBe(1)
  })
})

test('F08 a token that could not be saved is kept although another process is refused meanwhile', async () => {
  const { clock, client, fake, oauth, token, troubled } = await createUnsavedScene(rejects)
  await clock.advance(30 * second)
  const other = client()
  const waits = other.installation(ada).accessToken()
  await clock.advance(second)
  troubled.recover()

  expect(await oauth.installation(ada).accessToken()).toBe(token)
  await clock.advance(2 * second)
  expect(await waits).toBe(token)
  expect(fake.serverAccepts(token)).toBe(true)
})

test('F08 keepAlive() saves a token that could not be saved before, and spends no dead refresh token', async () => {
  const { clock, client, fake, oauth, troubled } = await createUnsavedScene(rejects)
  await clock.advance(50 * day)
  troubled.recover()

  expect(await oauth.keepAlive()).toMatchObject({ refreshed: 1, failed: 0, left: 0 })
  expect(fake.tokenRequests({ status: 400 })).toEqual([])
  expect(fake.serverAccepts(await client().installation(ada).accessToken())).toBe(true)
})

test('F08 the old refresh token is not spent again before the new one is saved', async () => {
  const { clock, client, fake, oauth, refreshes, troubled } = await createUnsavedScene(rejects)
  await clock.advance(2 * hour)
  // The store fails once more for the save, and works again for a claim after it.
  troubled.recover()
  troubled.meet('get', rejects, 1)

  expect(await failure(oauth.installation(ada).accessToken())).toBe('store_unavailable')
  expect(refreshes()).toBe(1)
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  expect(await client().installation(ada).accessToken()).toBe(fake.installations()[0]!.accessTokens.at(-1))
  expect(fake.tokenRequests({ status: 400 })).toEqual([])
})

test('F08 the old refresh token is not spent while the new one is being saved', async () => {
  const { clock, fake, oauth, refreshes, troubled } = await createUnsavedScene(rejects)
  await clock.advance(2 * hour)
  const saved = Promise.withResolvers<void>()
  troubled.recover()
  troubled.meet('compareAndSet', waitsFor(saved.promise), 1)
  const asked = oauth.installation(ada).accessToken()
  await clock.advance(second)
  expect(refreshes()).toBe(1)

  saved.resolve()
  expect(fake.serverAccepts(await asked)).toBe(true)
  expect(fake.tokenRequests({ status: 400 })).toEqual([])
})

test('F08 no token request is made while the claim cannot be written', async () => {
  const { clock, client, connect, fake, refreshes, store } = createScene({ rotateRefreshTokens: true })
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  troubled.meet('compareAndSet', rejects)

  expect(await failure(oauth.installation(ada).accessToken())).toBe('store_unavailable')
  expect(await failure(oauth.installation(ada).refresh())).toBe('store_unavailable')
  expect(refreshes()).toBe(0)
  troubled.recover()
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  expect(refreshes()).toBe(1)
})

test('F08 a write whose answer is lost counts as done: one token request, and no save_failed', async () => {
  const { clock, client, connect, happened, refreshes, store } = createScene({ rotateRefreshTokens: true })
  const troubled = troubledStore(store)
  const oauth = client({ store: troubled.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  troubled.meet('compareAndSet', losesAnswer)

  const token = await oauth.installation(ada).accessToken()
  expect(await client().installation(ada).accessToken()).toBe(token)
  expect([refreshes(), happened()]).toEqual([1, ['installed', 'refreshed']])
})

test('F08 a token that could not be saved is discarded when the user connects again', async () => {
  const { client, clock, connect, oauth, token, troubled, happened } = await createUnsavedScene(rejects)
  await clock.advance(minute)
  troubled.recover()
  await connect(oauth)
  const fresh = await oauth.installation(ada).accessToken()

  expect(fresh).not.toBe(token)
  await clock.advance(minute)
  await oauth.settled()
  expect(await client().installation(ada).accessToken()).toBe(fresh)
  expect(happened()).not.toContain('save_recovered')
})

test('F08 an old uninstall notice does not discard a token that could not be saved', async () => {
  const { clock, fake, oauth, refreshes, token, troubled } = await createUnsavedScene(rejects)
  await clock.advance(10 * minute)
  troubled.recover()
  const { removed } = await oauth.handleUninstall(
    fake.uninstallNotice('ada@acme.example', { timestamp: clock.now() - day }),
  )
  expect(removed).toBe(false)

  expect(await oauth.installation(ada).accessToken()).toBe(token)
  await oauth.settled()
  expect((await oauth.installation(ada).describe())?.refreshes).toBe(1)
  expect(refreshes()).toBe(1)
})

test('F08 save_recovered is not emitted for a token that came too late to be saved', async () => {
  const { clock, client, connect, happened, oauth, token, troubled } = await createUnsavedScene(rejects)
  await connect(client())
  troubled.recover()
  await clock.advance(10 * second)
  await oauth.settled()

  expect(await oauth.installation(ada).accessToken()).not.toBe(token)
  expect(happened()).toEqual(['installed', 'save_failed', 'installed'])
})

test.each([
  ['is refused', { type: 'status', status: 400, body: { error: 'invalid_grant' } }],
  ['fails', { type: 'status', status: 503 }],
] as const)(
  'F34 a refresh that %s tells its callers at once that the store is unavailable',
  async (_, fault) => {
    const { clock, client, connect, fake, store } = createScene()
    const troubled = troubledStore(store)
    const oauth = client({ store: troubled.store, policy: { requestsPerRefresh: 1 } })
    await connect(oauth)
    await clock.advance(2 * hour)
    fake.faults.add({ endpoint: 'token', fault: [{ type: 'slow', delayMs: second }, fault] })
    const askedAt = clock.now()
    const asked = failure(oauth.installation(ada).accessToken()).then((code) => ({ code, at: clock.now() }))
    await clock.advance(0)
    troubled.meet('compareAndSet', rejects)
    troubled.meet('get', rejects)
    await clock.advance(minute)

    expect(await asked).toEqual({ code: 'store_unavailable', at: askedAt + second })
  },
)

test.each([
  ['the answer', 'refreshed'],
  ['a refusal', 'reauthorization_required'],
] as const)('F08 a caller hears of %s of a refresh only once it is saved', async (what, told) => {
  const { clock, client, connect, fake, happened, store } = createScene()
  const slow = troubledStore(store)
  const oauth = client({ store: slow.store })
  await connect(oauth)
  await clock.advance(2 * hour)
  if (what === 'a refusal') await fake.uninstall(ada)
  const gate = fake.faults.hold({ endpoint: 'token' })
  const saved = Promise.withResolvers<void>()
  let outcome: unknown
  const asked = oauth
    .installation(ada)
    .accessToken()
    .then(
      (token) => (outcome = token),
      (error: unknown) => (outcome = error),
    )
  await gate.reached
  slow.meet('compareAndSet', waitsFor(saved.promise), 1)
  gate.release()
  await clock.advance(second)
  expect([outcome, happened()]).toEqual([undefined, ['installed']])

  saved.resolve()
  await asked
  expect(happened()).toEqual(['installed', told])
})

test('F19 a token that could not be saved is discarded once the user has connected again', async () => {
  const { clock, connect, fake, oauth, token, troubled } = await createUnsavedScene(rejects)
  troubled.recover()
  await connect(oauth)
  troubled.meet('get', rejects)
  troubled.meet('compareAndSet', rejects)
  await clock.advance(6 * second) // longer than cacheMs
  const served = await oauth.installation(ada).accessToken()
  expect(served).not.toBe(token)
  expect(fake.serverAccepts(served)).toBe(true)
})
