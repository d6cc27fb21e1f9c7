import type { StoreWatch } from '@pd/oauth-core/adapter'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { Changes } from '../src/changes.ts'
import { ioRedisConnection } from '../src/clients/ioredis.ts'
import { redisStore, type RedisStore } from '../src/index.ts'
import { connect, uniquePrefix } from './servers/connect.ts'
import { expectHandedOver } from './servers/expect-handed-over.ts'
import { startCluster, type RedisCluster } from './servers/redis-cluster.ts'
import { startSilentProxy } from './servers/silent-proxy.ts'
import { throughProxies } from './servers/through-proxies.ts'

// These tests count and kill connections, so they need a Redis of their own.
let server: RedisServer
let cluster: RedisCluster
let admin: Redis
beforeAll(async () => {
  server = await startRedis()
  cluster = await startCluster()
  admin = new Redis({ port: server.port })
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
  await cluster?.[Symbol.asyncDispose]()
})

const id = '12:34'
const heartbeatMs = 100
const pubSubConnections = async () => {
  const list = String(await admin.client('LIST', 'TYPE', 'PUBSUB'))
  return list.split('\n').filter((line) => line !== '').length
}

test('watches and waiters share one connection, and the last watch to close ends it', async () => {
  await using on = openOn(server.port)
  const over = new AbortController()
  const before = await pubSubConnections()
  const first = await on.store.watch(() => {}, { heartbeatMs })
  const second = await on.store.watch(() => {}, { heartbeatMs: 10 * heartbeatMs })
  await on.store.compareAndSet(id, undefined, { version: 'a', value: 'sealed' })
  const waiting = on.store.changed(id, 'a', over.signal)
  await on.store.compareAndSet(id, 'a', { version: 'b', value: 'sealed' })
  await waiting
  expect(await pubSubConnections()).toBe(before + 1)
  await first.close()
  await first.close()
  await second.close()
  await on.store.close()
  await expect.poll(pubSubConnections).toBe(before)
})

test('a watch tells versions that need encoding as they were written', async () => {
  await using on = openOn(server.port)
  const news = collector()
  const watch = await on.store.watch(news.hear, { heartbeatMs })
  await on.store.compareAndSet(id, undefined, { version: 'ä b%', value: 'sealed' })
  await on.store.compareAndSet(id, 'ä b%', undefined)
  await expect
    .poll(() => news.heard)
    .toEqual([
      [id, 'ä b%'],
      [id, undefined],
    ])
  await watch.close()
})

test('a watch is lost when its connection is killed, and the next one hears again', async () => {
  await using on = openOn(server.port)
  const watch = await on.store.watch(() => {}, { heartbeatMs: 60_000 })
  await admin.client('KILL', 'TYPE', 'PUBSUB')
  await watch.lost
  await expectToHear(on.store)
})

test('a watch is lost when its connection falls silent, although the data is still reached', async () => {
  await using proxy = await startSilentProxy({ port: server.port })
  await using on = openOn(proxy.port)
  const watch = await on.store.watch(() => {}, { heartbeatMs })
  const over = new AbortController()
  await on.store.compareAndSet(id, undefined, { version: 'a', value: 'sealed' })
  const waiting = on.store.changed(id, 'a', over.signal)
  proxy.fallSilent('subscribers')
  await watch.lost
  await waiting
  expect(await on.store.get(id)).toMatchObject({ version: 'a' })
  await expect(on.store.watch(() => {}, { heartbeatMs })).rejects.toThrow('did not answer')
  proxy.recover()
  await expectToHear(on.store)
})

test('a watch is lost when Redis stands still', async () => {
  await using mortal = await startRedis()
  await using on = openOn(mortal.port)
  const watch = await on.store.watch(() => {}, { heartbeatMs })
  const pid = Number(/process_id:(\d+)/.exec(await on.client.info('server'))?.[1])
  process.kill(pid, 'SIGSTOP')
  await watch.lost
  process.kill(pid, 'SIGCONT')
  await expectToHear(on.store)
})

test('a watch is lost when the client publishes on another server than the watch hears', async () => {
  await using other = await startRedis()
  await using proxy = await startSilentProxy({ port: server.port })
  await using on = openOn(proxy.port)
  const watch = await on.store.watch(() => {}, { heartbeatMs })
  proxy.leadTo({ port: other.port })
  await watch.lost
})

test('a watch is lost when Redis is restarted, and the next one hears again', async () => {
  await using mortal = await startRedis()
  await using on = openOn(mortal.port)
  const watch = await on.store.watch(() => {}, { heartbeatMs })
  await mortal.kill()
  await watch.lost
  await expect(on.store.watch(() => {}, { heartbeatMs })).rejects.toThrow()
  await mortal.start()
  await expectToHear(on.store)
})

test('a watch is lost when the client is closed', async () => {
  const on = openOn(server.port)
  const watch = await on.store.watch(() => {}, { heartbeatMs })
  await on.client.quit()
  await watch.lost
})

test('a user who may not subscribe to the channels gets the error of Redis, and no connection is left', async () => {
  await admin.acl('SETUSER', 'deaf', 'on', '>deaf', '~*', '+@all', '-subscribe', 'allchannels')
  const before = await pubSubConnections()
  await using on = openOn(server.port, { username: 'deaf', password: 'deaf' })
  const over = new AbortController()
  await on.store.compareAndSet(id, undefined, { version: 'a', value: 'sealed' })
  await expect(on.store.watch(() => {}, { heartbeatMs })).rejects.toThrow('NOPERM')
  await expect(on.store.changed(id, 'a', over.signal)).rejects.toThrow('NOPERM')
  await expect.poll(() => connectionsOf('deaf')).toBe(1)
  expect(await pubSubConnections()).toBe(before)
})

test('in a cluster, a watch is lost when one of its connections is killed', async () => {
  const client = connect({ clusterPorts: cluster.ports })
  await using store = redisStore(client, { prefix: uniquePrefix() })
  for (const port of cluster.ports) {
    const watch = await watchWithRetries(store, () => {}, 60_000)
    const node = new Redis({ port })
    await node.client('KILL', 'TYPE', 'PUBSUB')
    node.disconnect()
    await watch.lost
  }
  await expectToHear(store)
  client.disconnect()
})

test('in a cluster, a watch hears of each bucket from its own master, and is lost when one of them falls silent', async () => {
  const { address, proxies } = await throughProxies({ clusterPorts: cluster.ports })
  const client = connect(address)
  await using store = redisStore(client, { prefix: uniquePrefix() })
  for (const proxy of proxies) {
    const watch = await watchWithRetries(store)
    proxy.fallSilent('subscribers')
    await watch.lost
    proxy.recover()
  }
  await expectToHear(store)
  client.disconnect()
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
})

test('in a cluster, a watch is lost when a bucket has moved to another node', async () => {
  await using small = await startCluster()
  const client = connect({ clusterPorts: small.ports })
  await using store = redisStore(client, { prefix: uniquePrefix() })
  const watch = await store.watch(() => {}, { heartbeatMs: 10 })
  // The tag of the last bucket, which the last node holds.
  const slot = Number(await client.call('CLUSTER', 'KEYSLOT', '{40}'))
  const nodes = small.ports.map((port) => new Redis({ port }))
  const target = String(await nodes[0]!.cluster('MYID'))
  for (const node of nodes) await node.cluster('SETSLOT', slot, 'NODE', target)
  await watch.lost
  for (const node of nodes) node.disconnect()
  await expectToHear(store)
  client.disconnect()
})

test('in a cluster, a process that waits receives the record from the master that holds it', async () => {
  const client = connect({ clusterPorts: cluster.ports })
  const prefix = uniquePrefix()
  await using store = redisStore(client, { prefix })
  const nodes = cluster.ports.map((port) => new Redis({ port }))
  const joined = async () =>
    (await Promise.all(nodes.map((node) => node.pubsub('CHANNELS', `${prefix}:*:changes:*:*`)))).flat()
  const changes = new Changes(ioRedisConnection(client).subscriptions!, keysUnder(prefix))
  for (const each of ['1:1', '2:1', '3:1', '4:1', '5:1', '6:1'] as const) {
    await store.compareAndSet(each, undefined, { version: 'a', value: 'sealed' })
    await expectHandedOver(changes, store, each, joined)
  }
  changes.close()
  for (const node of nodes) node.disconnect()
  client.disconnect()
})

interface Opened extends AsyncDisposable {
  readonly client: Redis
  readonly store: RedisStore
}

function openOn(port: number, more: { username?: string; password?: string } = {}): Opened {
  const client = new Redis({ port, retryStrategy: () => 50, ...more })
  client.on('error', () => {})
  const store = redisStore(client, { prefix: uniquePrefix() })
  return {
    client,
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      client.disconnect()
    },
  }
}

function collector() {
  const heard: [string, string | undefined][] = []
  return { heard, hear: (changed: string, version?: string) => void heard.push([changed, version]) }
}

async function watchWithRetries(
  store: RedisStore,
  hear: Parameters<RedisStore['watch']>[0] = () => {},
  everyMs = heartbeatMs,
): Promise<StoreWatch> {
  let watch: StoreWatch | undefined
  const tried = async () => {
    watch = await store.watch(hear, { heartbeatMs: everyMs }).catch(() => undefined)
    return watch !== undefined
  }
  await expect.poll(tried).toBe(true)
  return watch!
}

/** Checks that a watch can be opened, and that it hears of a change. A watch of a changing cluster may be lost again. */
async function expectToHear(store: RedisStore): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { promise: heard, resolve } = Promise.withResolvers<string>()
    const watch = await watchWithRetries(store, resolve)
    await store.compareAndSet(`99:${attempt}`, undefined, { version: 'a', value: 'sealed' })
    const first = await Promise.race([heard, watch.lost.then(() => undefined)])
    await watch.close()
    if (first === undefined) continue
    expect(first).toBe(`99:${attempt}`)
    return
  }
}

async function connectionsOf(user: string): Promise<number> {
  const list = String(await admin.client('LIST'))
  return list.split('\n').filter((line) => line.includes(` user=${user} `)).length
}
