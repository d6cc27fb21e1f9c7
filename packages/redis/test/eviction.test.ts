import { PipedriveOAuth, type OAuthEvent, type StoreFinding } from '@pd/oauth-core'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { startUpstashFront } from '@pd/test-support/upstash-front'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { redisStore } from '../src/index.ts'
import { openClient, polling, subscribing, type ClientName } from './servers/clients.ts'
import { connect, uniquePrefix, type RedisAddress } from './servers/connect.ts'
import { documentedRules } from './servers/documented-rules.ts'
import { startCluster } from './servers/redis-cluster.ts'

// These tests change settings and fill the memory, so they need a Redis of their own.
const opened = new AsyncDisposableStack()
let server: RedisServer
let admin: Redis
let upstash: RedisAddress
beforeAll(async () => {
  server = opened.use(await startRedis())
  admin = new Redis({ port: server.port })
  opened.defer(() => admin.disconnect())
  upstash = { upstash: opened.use(await startUpstashFront(server)) }
})
afterAll(() => opened.disposeAsync())
afterEach(async () => {
  await admin.config('SET', 'maxmemory', '0')
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await admin.config('SET', 'appendonly', 'no')
})

const evicting = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random']
const harmless = ['noeviction', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl']
const statuses = (findings: readonly StoreFinding[]) => findings.map(({ status }) => status)

describe('F46 checkStore() reads what Redis does when its memory is full', () => {
  test.each(evicting)('%s is a problem, and the finding says how to mend it', async (policy) => {
    await admin.config('SET', 'maxmemory-policy', policy)
    await admin.config('SET', 'appendonly', 'yes')
    expect(await findingsBy('ioredis 6')).toEqual([
      {
        status: 'problem',
        found: `Redis has maxmemory-policy ${policy}: when its memory is full, it deletes installations without an error.`,
        fix: 'Set maxmemory-policy noeviction.',
      },
    ])
  })

  test.each(harmless)('%s deletes no record, and is no finding', async (policy) => {
    await admin.config('SET', 'maxmemory-policy', policy)
    await admin.config('SET', 'appendonly', 'yes')
    expect(await findingsBy('ioredis 6')).toEqual([])
  })

  test('without appendonly, a warning says what a crash takes', async () => {
    expect(await findingsBy('ioredis 6')).toEqual([
      { status: 'warning', found: expect.stringContaining('appendonly no'), fix: 'Set appendonly yes.' },
    ])
  })

  test.each([...Object.keys(subscribing), ...Object.keys(polling)] as ClientName[])('by %s', async (name) => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(statuses(await findingsBy(name))).toEqual(['problem', 'warning'])
  })

  test('every master of a cluster counts, and the same finding comes once', async () => {
    await using cluster = await startCluster()
    const client = connect({ clusterPorts: cluster.ports })
    await using store = redisStore(client)
    expect(statuses(await store.check())).toEqual(['warning'])
    const last = new Redis({ port: cluster.ports.at(-1)! })
    await last.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await last.config('SET', 'appendonly', 'yes')
    expect(statuses(await store.check()).toSorted()).toEqual(['problem', 'warning'])
    last.disconnect()
    client.disconnect()
  })
})

describe('F46 a user of Redis', () => {
  test('with the documented rights may check', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const rules = documentedRules().map((rule) => rule.replace('my-app:', 'pd-oauth:'))
    expect(statuses(await findingsAs(rules))).toEqual(['problem', 'warning'])
  })

  test('who may not use INFO hears that it could not be checked', async () => {
    const [finding, ...others] = await findingsAs(['~*', '&*', '+@all', '-info'])
    expect(others).toEqual([])
    expect(finding).toMatchObject({ status: 'unchecked', fix: expect.stringContaining('+info') })
    expect(finding?.found).toMatch(/does not say .*\(.*(NOPERM|can't run this command).*\)/)
  })
})

test('F46 while allkeys-lru deletes installations from full memory, the first use has said so', async () => {
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const client = connect({ port: server.port })
  await using store = redisStore(client, { prefix: uniquePrefix() })
  const events: OAuthEvent[] = []
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  const oauth = clientOf(store, (event) => events.push(event))
  expect(await oauth.installation('1:1').describe()).toBeUndefined()
  const told = () => events.find(({ type }) => type === 'store_endangered')
  await expect.poll(told).toMatchObject({ findings: [{ status: 'problem' }, { status: 'warning' }] })
  expect(logged).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/may lose records: .*allkeys-lru/))
  logged.mockRestore()

  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1])
  await admin.config('SET', 'maxmemory', String(used + 500_000))
  const count = 2_000
  const value = 'x'.repeat(1_000)
  for (let userId = 1; userId <= count; userId++)
    expect(await store.compareAndSet(`1:${userId}`, undefined, { version: 'a', value })).toBe(true)
  const kept = await Promise.all(Array.from({ length: count }, (_, index) => store.get(`1:${index + 1}`)))
  expect(kept.filter((record) => record === undefined).length).toBeGreaterThan(0)
  expect(statuses((await oauth.checkStore()).findings)).toEqual(['problem', 'warning'])
  client.disconnect()
})

test('F46 a Redis that is away is not taken for one that cannot be checked', async () => {
  await using mortal = await startRedis()
  const client = connect({ port: mortal.port })
  await using store = redisStore(client)
  expect(statuses(await store.check())).toEqual(['warning'])
  await mortal.kill()
  await expect(store.check()).rejects.toThrow()
  await expect(clientOf(store).checkStore()).rejects.toMatchObject({ code: 'store_unavailable' })
  client.disconnect()
})

async function findingsBy(name: ClientName): Promise<readonly StoreFinding[]> {
  const { client, ready, close } = openClient(
    name,
    name.startsWith('@upstash') ? upstash : { port: server.port },
  )
  await ready
  const { findings } = await clientOf(redisStore(client, { prefix: uniquePrefix() })).checkStore()
  close()
  return findings
}

/** What a user with these rights finds. */
async function findingsAs(rules: readonly string[]): Promise<readonly StoreFinding[]> {
  await admin.acl('SETUSER', 'limited', 'reset', 'on', '>limited', ...rules)
  const limited = new Redis({
    port: server.port,
    username: 'limited',
    password: 'limited',
    enableReadyCheck: false,
  })
  try {
    return await redisStore(limited).check()
  } finally {
    limited.disconnect()
  }
}

function clientOf(
  store: ReturnType<typeof redisStore>,
  onEvent?: (event: OAuthEvent) => void,
): PipedriveOAuth {
  return new PipedriveOAuth({
    clientId: 'client-id',
    clientSecret: 'client-secret',
    redirectUri: 'https://app.example.com/pipedrive/callback',
    secrets: ['kJ8sLq2mZr5tYw9vBn4cXe7hUd3gFa6pTo1i'],
    store,
    onEvent,
  })
}
