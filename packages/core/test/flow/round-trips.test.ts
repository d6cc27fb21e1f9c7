import { expect, test } from 'vitest'
import { ada, createScene, hour } from './scene.ts'
import { troubledStore } from './troubled-store.ts'

test('a refresh makes three calls to the store (read, claim, save), and a fresh token without cache one', async () => {
  const { client, clock, connect, store } = createScene()
  await connect(client())
  const counted = troubledStore(store)
  const installation = client({ store: counted.store, policy: { cacheMs: 0 } }).installation(ada)
  const calls = () => [counted.calls('get'), counted.calls('compareAndSet')]

  await installation.accessToken()
  expect(calls()).toEqual([1, 0])

  await clock.advance(hour)
  await installation.accessToken()
  expect(calls()).toEqual([2, 2])
})

test('refresh() makes the same three calls: it decides by the record that it read', async () => {
  const { client, connect, store } = createScene()
  await connect(client())
  const counted = troubledStore(store)
  const installation = client({ store: counted.store }).installation(ada)
  await installation.refresh()
  expect([counted.calls('get'), counted.calls('compareAndSet')]).toEqual([1, 2])
})

test('refresh() takes the token of another process that refreshed after the record was read', async () => {
  const { client, connect, refreshes, store } = createScene()
  const other = client()
  await connect(other)
  const overtaken = troubledStore(store)
  overtaken.meet(
    'compareAndSet',
    async (work) => {
      await other.installation(ada).refresh()
      return work()
    },
    1,
  )
  const installation = client({ store: overtaken.store }).installation(ada)
  await installation.refresh()
  expect(refreshes()).toBe(1)
  expect(await installation.accessToken()).toBe(await other.installation(ada).accessToken())
})

test('a record that another process has changed costs one read, like one that is unchanged', async () => {
  const { client, clock, connect, store } = createScene()
  const other = client()
  await connect(other)
  const counted = troubledStore(store)
  const installation = client({ store: counted.store, policy: { cacheMs: 0 } }).installation(ada)
  const first = await installation.accessToken()
  await installation.accessToken()
  await clock.advance(1_000)
  await other.installation(ada).refresh()
  expect(await installation.accessToken()).not.toBe(first)
  expect([counted.calls('get'), counted.calls('compareAndSet')]).toEqual([3, 0])
})

test('accessToken() makes no call to the store within cacheMs', async () => {
  const { client, connect, store } = createScene()
  await connect(client())
  const counted = troubledStore(store)
  const installation = client({ store: counted.store }).installation(ada)
  for (let call = 0; call < 5; call++) await installation.accessToken()
  expect(counted.calls('get')).toBe(1)
})

test('API calls make no call to the store within cacheMs', async () => {
  const { client, connect, store } = createScene()
  await connect(client())
  const counted = troubledStore(store)
  const installation = client({ store: counted.store }).installation(ada)
  for (let call = 0; call < 5; call++) await installation.fetch('/api/v2/deals')
  await installation.sdk('v2')
  expect(counted.calls('get')).toBe(1)
})
