import { expect, test } from 'vitest'
import type { PipedriveOAuth } from '../../../src/index.ts'
import type { ResealedInstallation } from '../../../src/adapter.ts'
import { memoryStore } from '../../../src/index.ts'
import { ada, collected, createScene, failure, hour, rejection, sealingSecret } from '../../flow/scene.ts'
import { rejects, troubledStore } from '../../flow/troubled-store.ts'

const newSecret = 'the-second-secret-of-this-test-suite-02'
const users = ['1001:11', '1001:12', '1002:21', '1002:13'] as const

const outcomes = (results: readonly ResealedInstallation[]) =>
  Object.fromEntries(results.map(({ id, outcome }) => [id, outcome]))

/** Installations sealed with the old secret, and a client that has a new one in front of it. */
async function createRotatingScene() {
  const scene = createScene()
  const old = scene.client()
  for (const user of users) await scene.connect(old, user)
  return { ...scene, old, both: scene.client({ secrets: [newSecret, sealingSecret] }) }
}

const opens = (oauth: PipedriveOAuth) => collected(oauth.installations())

test('F29 reseal() seals every record with the new secret, so that they open without the old one', async () => {
  const { both, client, fake } = await createRotatingScene()
  expect(outcomes(await collected(both.reseal()))).toEqual(
    Object.fromEntries(users.map((id) => [id, 'resealed'])),
  )
  const alone = client({ secrets: [newSecret] })
  expect((await opens(alone)).map(({ status }) => status)).toEqual(users.map(() => 'active'))
  expect(fake.serverAccepts(await alone.installation(ada).accessToken())).toBe(true)
  expect(await failure(client().installation(ada).accessToken())).toBe('unknown_key')
})

test('reseal() keeps the state of a record and its dueAt', async () => {
  const { both, store } = await createRotatingScene()
  const said = await both.installation(ada).describe()
  const before = await store.get(ada)
  await collected(both.reseal())
  const after = await store.get(ada)
  expect(await both.installation(ada).describe()).toEqual(said)
  expect(after!.dueAt).toBe(before!.dueAt)
  expect(after!.version).not.toBe(before!.version)
})

test('reseal() continues after an interruption, and seals no record twice', async () => {
  const { both } = await createRotatingScene()
  const broken = new AbortController()
  const first: ResealedInstallation[] = []
  const reason = new Error('enough')
  const breakingOff = async () => {
    for await (const result of both.reseal({ concurrency: 1, signal: broken.signal })) {
      first.push(result)
      if (first.length === 2) broken.abort(reason)
    }
  }
  expect(await rejection(breakingOff())).toBe(reason)
  expect(first.map(({ outcome }) => outcome)).toEqual(['resealed', 'resealed'])

  const second = outcomes(await collected(both.reseal()))
  expect(Object.values(second).toSorted()).toEqual(['current', 'current', 'resealed', 'resealed'])
  for (const { id } of first) expect(second[id]).toBe('current')
})

test('F29 reseal() leaves a record that it cannot open unchanged, reports it, and seals the others', async () => {
  const { both, store } = await createRotatingScene()
  const damaged = { ...(await store.get(ada))!, version: 'damaged', value: 'damaged' }
  await store.compareAndSet(ada, (await store.get(ada))!.version, damaged)
  const results = await collected(both.reseal())
  const failed = results.find(({ id }) => id === ada)
  expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'unreadable_record' } })
  expect(results.filter(({ outcome }) => outcome === 'resealed').length).toBe(users.length - 1)
  expect(await store.get(ada)).toEqual(damaged)
})

test('F34 reseal() ends with store_unavailable when the store goes away, and blames no record', async () => {
  const { both, client, store } = await createRotatingScene()
  const troubled = troubledStore(store)
  const resealing = client({ secrets: [newSecret, sealingSecret], store: troubled.store })
  const done: ResealedInstallation[] = []
  const interrupted = async () => {
    for await (const result of resealing.reseal({ concurrency: 1 })) {
      done.push(result)
      if (done.length === 2)
        for (const method of ['get', 'compareAndSet'] as const) troubled.meet(method, rejects)
    }
  }
  expect(await failure(interrupted())).toBe('store_unavailable')
  expect(done.map(({ outcome }) => outcome)).toEqual(['resealed', 'resealed'])

  const others = await collected(both.reseal())
  expect(others.map(({ outcome }) => outcome).toSorted()).toEqual([
    'current',
    'current',
    'resealed',
    'resealed',
  ])
})

test('F29 reseal() without the old secret changes nothing', async () => {
  const { client, store } = await createRotatingScene()
  const before = await Promise.all(users.map((id) => store.get(id)))
  const results = await collected(client({ secrets: [newSecret] }).reseal())
  expect(results.map((result) => result.outcome === 'failed' && result.error.code)).toEqual(
    users.map(() => 'unknown_key'),
  )
  expect(await Promise.all(users.map((id) => store.get(id)))).toEqual(before)
})

test('F02 F29 a refresh in flight is saved once, although its record is resealed meanwhile', async () => {
  const { both, client, clock, fake, refreshes } = await createRotatingScene()
  const other = client({ secrets: [sealingSecret, newSecret] })
  await clock.advance(2 * hour)
  const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token' })
  const token = other.installation(ada).accessToken()
  await gate.reached
  expect(outcomes(await collected(both.reseal()))[ada]).toBe('resealed')
  gate.release()
  expect(fake.serverAccepts(await token)).toBe(true)
  expect(await both.installation(ada).accessToken()).toBe(await token)
  expect(refreshes()).toBe(1)
})

test('F19 an uninstall during reseal() sticks', async () => {
  const { both, client, store } = await createRotatingScene()
  const get = store.get.bind(store)
  let isUninstalled = false
  const racing = client({
    secrets: [newSecret, sealingSecret],
    store: {
      ...store,
      get: async (id) => {
        const record = await get(id)
        if (id === ada && !isUninstalled) {
          isUninstalled = true
          await both.installation(ada).uninstall()
        }
        return record
      },
    },
  })
  expect(outcomes(await collected(racing.reseal()))[ada]).toBe('gone')
  expect(await get(ada)).toBeUndefined()
})

test('reseal() refuses a store without list() and unusable options', async () => {
  const { client } = createScene()
  const { get, compareAndSet } = memoryStore()
  const unlisted = client({ store: { get, compareAndSet } })
  expect(await failure(collected(unlisted.reseal()))).toBe('unsupported_by_store')
  for (const concurrency of [0, 1.5, Number.NaN])
    expect(await failure(collected(client().reseal({ concurrency })))).toBe('invalid_argument')
})
