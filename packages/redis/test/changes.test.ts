import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Clock } from '@pd/oauth-core/adapter'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { createScene, type Worker } from '@pd/test-support/scene'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { Changes } from '../src/changes.ts'
import { ioRedisConnection } from '../src/clients/ioredis.ts'
import { redisStore, type RedisStore } from '../src/index.ts'
import { hasEnded } from '../src/line.ts'
import { recognise } from '../src/redis-client.ts'
import { at } from './processes/opener.ts'
import { openClient, subscribing, type ClientName } from './servers/clients.ts'
import { uniquePrefix } from './servers/connect.ts'
import { expectHandedOver } from './servers/expect-handed-over.ts'
import { startSilentProxy } from './servers/silent-proxy.ts'

// These tests count and kill connections, so they need a Redis of their own.
let server: RedisServer
let admin: Redis
beforeAll(async () => {
  server = await startRedis()
  admin = new Redis({ port: server.port })
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

const id = '12:34'
let prefix: string
let redis: Redis
let store: RedisStore
let over: AbortController
beforeEach(async () => {
  prefix = uniquePrefix()
  redis = new Redis({ port: server.port })
  store = redisStore(redis, { prefix })
  over = new AbortController()
  await store.compareAndSet(id, undefined, { version: 'a', value: 'sealed' })
})
afterEach(async () => {
  over.abort()
  await store.close()
  redis.disconnect()
})

const channels = async () => (await admin.pubsub('CHANNELS', `${prefix}:*:changes`)) as string[]
const subscribers = async () =>
  String(await admin.client('LIST', 'TYPE', 'PUBSUB'))
    .split('\n')
    .filter((line) => line !== '').length

test('there is no connection before the first caller waits, and one for any number of waiters', async () => {
  expect(await subscribers()).toBe(0)
  const ids = Array.from({ length: 100 }, (_, index) => `7:${index + 1}` as const)
  for (const one of ids) await store.compareAndSet(one, undefined, { version: 'a', value: 'sealed' })
  const waiting = ids.flatMap((one) => [1, 2].map(() => store.changed(one, 'a', over.signal)))
  await expect.poll(channels).toHaveLength(64)
  expect(await subscribers()).toBe(1)

  await store.close()
  await Promise.all(waiting)
  await expect.poll(subscribers).toBe(0)
  await expect(store.changed(id, 'a', over.signal)).rejects.toThrow('closed')
  await expect(store.watch(() => {}, { heartbeatMs: 1_000 })).rejects.toThrow('closed')
  expect(await store.get(id)).toMatchObject({ version: 'a' })
})

test('a waiter that leaves disturbs no other', async () => {
  const leaving = new AbortController()
  const waiting = [1, 2, 3].map(() => store.changed(id, 'a', over.signal))
  const left = store.changed(id, 'a', leaving.signal)
  await expect.poll(channels).toHaveLength(64)
  leaving.abort()
  await left
  await store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await Promise.all(waiting)
})

const handOvers = async () => (await admin.pubsub('CHANNELS', `${prefix}:*:changes:*:*`)) as string[]
const marked = { version: 'b', value: 'sealed', dueAt: 5, attention: true }

test.each(Object.keys(subscribing) as ClientName[])(
  'a process that waits receives the record by %s, on a channel that is left after that',
  async (name) => {
    const { client, ready, close } = openClient(name, { port: server.port })
    await ready
    const recognised = recognise(client)
    if ('problems' in recognised) throw new Error(recognised.problems.join())
    const changes = new Changes(recognised.connection.subscriptions!, keysUnder(prefix))
    await expectHandedOver(changes, store, id, handOvers)
    await expectHandedOver(changes, store, id, handOvers)
    changes.close()
    close()
  },
)

test('no record is published while nobody waits for it', async () => {
  const messages: string[] = []
  const listener = redis.duplicate({ protocol: 2 })
  await listener.psubscribe(`${prefix}:*`)
  listener.on('pmessage', (_pattern, _channel, message: string) => messages.push(message))
  await store.compareAndSet(id, 'a', marked)
  await store.compareAndSet(id, 'b', undefined)
  await expect.poll(() => messages).toEqual([`${id} b `, `${id} `])
  listener.disconnect()
})

test('a record that has not replaced the known version is not handed over', async () => {
  const waiting = store.changed(id, 'a', over.signal)
  await expect.poll(handOvers).toHaveLength(1)
  await admin.publish((await handOvers())[0]!, `${id} 0 z 5 sealed`)
  expect(await waiting).toBeUndefined()
})

test('a waiter whose user may not unsubscribe does not collect channels', async () => {
  await admin.acl('SETUSER', 'staying', 'on', '>staying', '~*', '&*', '+@all', '-unsubscribe')
  const client = new Redis({ port: server.port, username: 'staying', password: 'staying' })
  await using staying = redisStore(client, { prefix })
  for (let index = 1; index <= 5; index++) {
    await store.compareAndSet(`7:${index}`, undefined, { version: 'a', value: 'sealed' })
    const waiting = staying.changed(`7:${index}`, 'a', over.signal)
    await expect.poll(channels).toHaveLength(64)
    await store.compareAndSet(`7:${index}`, 'a', marked)
    await waiting
  }
  expect((await handOvers()).length).toBeLessThanOrEqual(2)
  client.disconnect()
})

test('a change of another record wakes nobody', async () => {
  let isAwake = false
  const waiting = store.changed(id, 'a', over.signal).then(() => (isAwake = true))
  await expect.poll(channels).toHaveLength(64)
  const news: string[] = []
  await using hearing = redisStore(redis, { prefix })
  const watch = await hearing.watch((changedId) => news.push(changedId), { heartbeatMs: 1_000 })
  await store.compareAndSet('12:35', undefined, { version: 'a', value: 'sealed' })
  await expect.poll(() => news).toEqual(['12:35'])
  expect(isAwake).toBe(false)
  await store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await waiting
  await watch.close()
})

test('a change between the read of a record and the subscription is not missed', async () => {
  await store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await store.changed(id, 'a', over.signal)
  await store.compareAndSet(id, 'b', undefined)
  await store.changed(id, 'b', over.signal)
})

test('waiters return when the connection is lost, and the next change arrives on a new one', async () => {
  const waiting = store.changed(id, 'a', over.signal)
  await expect.poll(channels).toHaveLength(64)

  await admin.client('KILL', 'TYPE', 'PUBSUB')
  await waiting

  const again = store.changed(id, 'a', over.signal)
  await expect.poll(channels).toHaveLength(64)
  await store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await again
})

test('a client without an offline queue receives changes, too', async () => {
  const impatient = new Redis({ port: server.port, enableOfflineQueue: false })
  await new Promise((resolve) => impatient.once('ready', resolve))
  await using other = redisStore(impatient, { prefix })
  const waiting = other.changed(id, 'a', over.signal)
  await expect.poll(channels).toHaveLength(64)
  await store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await waiting
  impatient.disconnect()
})

test('the connection ends with the client it was made from', async () => {
  const waiting = store.changed(id, 'a', over.signal)
  await expect.poll(subscribers).toBe(1)
  await redis.quit()
  await waiting
  await expect.poll(subscribers).toBe(0)
  await expect(store.changed(id, 'a', over.signal)).rejects.toThrow('closed')
})

test('the connection ends when nobody has waited for a while, and opens again when somebody waits', async () => {
  const changes = new Changes(ioRedisConnection(redis).subscriptions!, keysUnder(prefix), 50)
  const read = () => store.get(id)
  for (const _round of [1, 2]) {
    const leaving = new AbortController()
    const waiting = changes.wait(id, 'a', read, leaving.signal)
    await expect.poll(channels).toHaveLength(64)
    leaving.abort()
    await waiting
    await expect.poll(subscribers).toBe(0)
  }
})

test('Redis may be killed and restarted while somebody waits', async () => {
  await using mortal = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  const client = new Redis({ port: mortal.port, retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  await using other = redisStore(client)
  await other.compareAndSet(id, undefined, { version: 'a', value: 'sealed' })
  const waiting = other.changed(id, 'a', over.signal)
  await expect.poll(() => client.pubsub('CHANNELS', 'pd-oauth:*:changes')).toHaveLength(64)

  await mortal.kill()
  await mortal.start()
  await waiting

  const again = other.changed(id, 'a', over.signal)
  await expect.poll(() => client.pubsub('CHANNELS', 'pd-oauth:*:changes')).toHaveLength(64)
  await other.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await again
  client.disconnect()
})

/** What may end the line of a store. */
const ends = {
  'close()': (store: RedisStore) => store.close(),
  'a connection that is cut': async () => {
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  },
}

describe.each(Object.keys(subscribing) as ClientName[])('%s', (name) => {
  test.each(Object.keys(ends) as (keyof typeof ends)[])(
    'has no connection left after %s, also if callers come at that moment',
    async (end) => {
      const opened = openClient(name, { port: server.port })
      await opened.ready
      const own = redisStore(opened.client, { prefix }) as RedisStore
      const waiting = [own.changed(id, 'a', over.signal)]
      await expect.poll(channels).toHaveLength(64)
      const before = own.changed('5:6', 'a', over.signal)
      const ended = ends[end](own)
      waiting.push(before, own.changed('7:8', 'a', over.signal))
      await ended
      over.abort()
      await Promise.allSettled(waiting)
      await own.close()
      // What was sent to Redis by now is done then.
      await own.get(id)
      await expect.poll(subscribers).toBe(0)
      await turns()
      expect(await subscribers()).toBe(0)
      opened.close()
    },
  )
})

/** Waits for everything that a connection to this server needs. */
async function turns(): Promise<void> {
  for (let count = 0; count < 20; count++) await admin.ping()
}

test('a process that has waited exits by itself once its client is closed', async () => {
  const script = fileURLToPath(new URL('./processes/wait-and-quit.ts', import.meta.url))
  const run = promisify(execFile)(process.execPath, [script, String(server.port), prefix], {
    timeout: 20_000,
  })
  expect(await run).toMatchObject({ stdout: 'done\n' })
})

test('a heartbeat without an answer ends with its line, so that its timer keeps no process running', async () => {
  await using proxy = await startSilentProxy(server)
  const client = new Redis({ port: proxy.port })
  onTestFinished(() => client.disconnect())
  const recognised = recognise(client)
  if ('problems' in recognised) throw new Error(String(recognised.problems))
  const line = recognised.connection.subscriptions!.open(keysUnder(prefix).buckets, () => {})
  await line.opened
  await line.beat()
  proxy.fallSilent('subscribers')
  const beat = line.beat()
  line.end()
  await expect(beat).rejects.toThrow(hasEnded)
  await expect(line.beat()).rejects.toThrow(hasEnded)
})

test('a caller has its token when another process publishes that it saved one, without a poll', async () => {
  await using scene = await createScene(at({ port: server.port }))
  await scene.install()
  const [holder] = (await scene.workers(1)) as [Worker]
  const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
  const theirs = holder.run('tokens', { ids: scene.ids })
  await gate.reached
  const ours = scene.another({ clock: withoutPolls }).oauth.installation(scene.ids[0]!).accessToken()
  const name = keysUnder(scene.address.prefix).bucketOf(scene.ids[0]!).changes
  await expect.poll(() => admin.pubsub('CHANNELS', name)).toEqual([name])

  gate.release()

  expect((await theirs).tokens).toEqual([await ours])
  expect(scene.refreshes()).toBe(1)
})

/** A clock on which no wait ends before it is aborted, so that a client never polls. */
const withoutPolls: Clock = {
  now: () => Date.now(),
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    }),
}
