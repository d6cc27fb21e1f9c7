import { expect, test } from 'vitest'
import { ConfigurationError, StoreError } from '../../src/index.ts'
import { ada, collected, createScene, minute, rejection } from './scene.ts'
import { troubledStore, type Trouble } from './troubled-store.ts'

const refusal = new ConfigurationError(['The table does not exist. Call createTable().'])
/** The store cannot answer before somebody changes the database. */
const refuses: Trouble = async () => {
  throw refusal
}

function createRefusedScene() {
  const scene = createScene({ rotateRefreshTokens: true })
  const troubled = troubledStore(scene.store)
  const oauth = scene.client({ store: troubled.store })
  const refuse = () => {
    for (const method of ['get', 'compareAndSet', 'due', 'list'] as const) troubled.meet(method, refuses)
  }
  return { ...scene, troubled, oauth, refuse }
}

test('F48 a ConfigurationError of the store reaches the first callback as it is, without a second try', async () => {
  const { fake, oauth, refuse, troubled } = createRefusedScene()
  refuse()
  const { url, attempt } = await oauth.authorize()
  const callback = await fake.approve(url)

  // The clock stands still, so a pause before another try would never end.
  expect(await rejection(oauth.callback(callback, attempt))).toBe(refusal)
  expect(refusal.retryable).toBe(false)
  expect(troubled.calls('get')).toBe(1)

  troubled.recover()
  expect((await oauth.callback(callback, attempt)).installation.id).toBe(ada)
})

test('F48 every call that needs the store rejects with the ConfigurationError of the store', async () => {
  const { connect, client, oauth, refuse, troubled } = createRefusedScene()
  await connect(oauth)
  refuse()
  const fresh = client({ store: troubled.store })
  const installation = fresh.installation(ada)
  const calls = [
    installation.accessToken(),
    installation.describe(),
    installation.uninstall(),
    fresh.keepAlive(),
    collected(fresh.installations()),
    fresh.checkStore({ write: true }),
  ]
  expect(await Promise.all(calls.map(rejection))).toEqual(calls.map(() => refusal))
})

test('F48 a StoreError of the store, which says what to do, reaches callers as it is', async () => {
  const { connect, client, oauth, troubled } = createRefusedScene()
  await connect(oauth)
  const full = new StoreError('store_unavailable', 'The disk is full. Free some space.')
  const foreign = new StoreError('unknown_key', 'A wrapped client failed.')
  const fails = (error: Error) =>
    troubled.meet('get', async () => {
      throw error
    })
  const other = client({ store: troubled.store })

  fails(full)
  expect(await rejection(other.checkStore())).toBe(full)
  fails(foreign)
  expect(await rejection(other.checkStore())).toMatchObject({ code: 'store_unavailable', cause: foreign })
})

test('F48 a token that is still valid is handed out while the store refuses', async () => {
  const { clock, connect, events, fake, oauth, refuse } = createRefusedScene()
  await connect(oauth)
  const token = await oauth.installation(ada).accessToken()
  await clock.advance(minute)
  refuse()
  expect(await oauth.installation(ada).accessToken()).toBe(token)
  expect(fake.serverAccepts(token)).toBe(true)
  expect(events.at(-1)).toMatchObject({ type: 'served_without_store', code: 'invalid_configuration' })
})

test('F08 F48 tokens that the store refuses to save are handed out, and saved once it accepts them', async () => {
  const { clock, connect, events, fake, oauth, troubled } = createRefusedScene()
  await connect(oauth)
  await clock.advance(70 * minute)
  const { compareAndSet } = troubled.store
  let writes = 0
  troubled.store.compareAndSet = (...write) => {
    if (++writes === 2) troubled.meet('compareAndSet', refuses)
    return compareAndSet(...write)
  }

  const token = await oauth.installation(ada).accessToken()

  expect(fake.serverAccepts(token)).toBe(true)
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'save_failed', code: 'invalid_configuration' }),
  )
  troubled.recover()
  await clock.advance(minute)
  await oauth.settled()
  expect(events).toContainEqual(expect.objectContaining({ type: 'save_recovered' }))
})
