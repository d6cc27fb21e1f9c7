import { startSentinelGroup, type SentinelGroup } from '@pd/test-support/redis-sentinels'
import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { Redis as Redis5 } from 'ioredis5'
import { createSentinel as createSentinel5 } from 'redis5'
import { expect, test } from 'vitest'
import { ioredisOptions, nodeRedisOptions, redisStore, type PollingRedisStore } from '../src/index.ts'
import { uniquePrefix } from './servers/connect.ts'
import { standingStill, startInstaller } from './servers/installer.ts'

interface Opened {
  readonly store: PollingRedisStore
  readonly close: () => unknown
  /** Whether a Sentinel has named the old master to it after the switch. Absent: nobody misleads it. */
  readonly wasMisled?: () => boolean
}

type Client = (group: SentinelGroup) => Opened

const hosts = ({ sentinelPorts }: SentinelGroup) => sentinelPorts.map((port) => ({ host: '127.0.0.1', port }))

const clients: readonly [string, Client][] = [
  [
    'ioredis 6',
    (group) => {
      const client = new Redis({ ...ioredisOptions, sentinels: hosts(group), name: group.name })
      client.on('error', () => {})
      return { store: redisStore(client, { prefix: uniquePrefix() }), close: () => client.disconnect() }
    },
  ],
  [
    'ioredis 6 with the options that redisStore() demands',
    (group) => {
      const client = new Redis({
        failoverDetector: true,
        socketTimeout: 2_500,
        sentinels: hosts(group),
        name: group.name,
      })
      client.on('error', () => {})
      return { store: redisStore(client, { prefix: uniquePrefix() }), close: () => client.disconnect() }
    },
  ],
  [
    'ioredis 5',
    (group) => {
      const client = new Redis5({ ...ioredisOptions, sentinels: hosts(group), name: group.name })
      client.on('error', () => {})
      return { store: redisStore(client, { prefix: uniquePrefix() }), close: () => client.disconnect() }
    },
  ],
  [
    'ioredis 6, which asks a Sentinel that has not heard yet',
    (group) => ofMisled((options) => new Redis(options), group),
  ],
  [
    'ioredis 5, which asks a Sentinel that has not heard yet',
    (group) => ofMisled((options) => new Redis5(options), group),
  ],
  ['node-redis 6', (group) => ofNodeRedis(createSentinel, group)],
  ['node-redis 5', (group) => ofNodeRedis(createSentinel5 as unknown as typeof createSentinel, group)],
]

/** A client that hears of the switch, asks, is named the old master once more, and only then listens again. */
function ofMisled(
  create: (options: ReturnType<typeof misleadingOptions>) => Redis | Redis5,
  group: SentinelGroup,
): Opened {
  let wasMisled = false
  const client = create(
    misleadingOptions(group, (newMaster) => {
      if (wasMisled || newMaster === group.master.port) return newMaster
      wasMisled = true
      return group.master.port
    }),
  )
  client.on('error', () => {})
  return {
    store: redisStore(client, { prefix: uniquePrefix() }),
    close: () => client.disconnect(),
    wasMisled: () => wasMisled,
  }
}

/** Options for ioredis with one Sentinel. `mislead`: takes the port of the master that it names, and returns one. */
function misleadingOptions(group: SentinelGroup, mislead: (port: number) => number) {
  return {
    ...ioredisOptions,
    sentinels: hosts(group).slice(0, 1),
    updateSentinels: false,
    name: group.name,
    natMap: (address: string) => ({ host: '127.0.0.1', port: mislead(Number(address.split(':')[1])) }),
  }
}

function ofNodeRedis(create: typeof createSentinel, group: SentinelGroup): Opened {
  const client = create({
    name: group.name,
    sentinelRootNodes: hosts(group),
    nodeClientOptions: nodeRedisOptions,
    sentinelClientOptions: nodeRedisOptions,
  })
  client.on('error', () => {})
  const connected = client.connect()
  const store = redisStore(client, { prefix: uniquePrefix() })
  const compareAndSet: PollingRedisStore['compareAndSet'] = async (...write) => {
    await connected
    return store.compareAndSet(...write)
  }
  return { store: { ...store, compareAndSet }, close: () => client.destroy() }
}

test(
  'F45 a master behind Sentinels is frozen, replaced, and comes back: no client loses an installation that was acknowledged',
  {
    timeout: 240_000,
  },
  async () => {
    await using opened = new AsyncDisposableStack()
    const group = opened.use(await startSentinelGroup(['--appendonly', 'yes']))
    const admin = (port: number) => {
      const redis = new Redis(port, { ...ioredisOptions, commandTimeout: 60_000, socketTimeout: 60_000 })
      opened.defer(() => redis.disconnect())
      return redis.on('error', () => {})
    }
    const [master, replica] = [admin(group.master.port), admin(group.replica.port)]

    const writers = clients.map(([name, open]) => {
      const { store, close, wasMisled } = open(group)
      opened.defer(async () => void (await close()))
      return { name, store, wasMisled, installer: opened.use(startInstaller(store)) }
    })
    const eachGoesOn = async () => {
      const before = new Map(writers.map((writer) => [writer, writer.installer.acknowledged.length]))
      const hasGoneOn = (writer: (typeof writers)[number]) =>
        writer.installer.acknowledged.length > before.get(writer)! + 50
      await expect.poll(() => standingStill(writers, hasGoneOn), patience).toEqual([])
    }
    await eachGoesOn()
    // Redis acknowledges before it replicates. What a frozen master alone has is lost, whatever the client does.
    await Promise.all(writers.map(({ installer }) => installer.pause()))
    await replicated(master, replica)
    group.master.freeze()
    for (const { installer } of writers) installer.goOn()
    await expect.poll(() => roleOf(replica), patience).toBe('master')
    await eachGoesOn()

    group.master.thaw()
    await eachGoesOn()
    await expect.poll(() => roleOf(master).catch(String), patience).toBe('slave')
    await eachGoesOn()
    await Promise.all(writers.map(({ installer }) => installer.end()))
    for (const { name, wasMisled } of writers)
      expect({ name, wasMisled: wasMisled?.() }).toEqual({ name, wasMisled: wasMisled && true })

    for (const { name, store, installer } of writers) {
      const { acknowledged } = installer
      const stored = await Promise.all(acknowledged.map((id) => store.get(id)))
      const lost = acknowledged.filter((_, index) => stored[index] === undefined)
      expect({ name, lost }).toEqual({ name, lost: [] })
    }
  },
)

async function roleOf(redis: Redis): Promise<unknown> {
  return (await redis.role())[0]
}

const patience = { timeout: 120_000, interval: 20 }

/** Resolves when the replica has what the master has acknowledged. */
async function replicated(master: Redis, replica: Redis): Promise<void> {
  const offsetOf = async (redis: Redis, name: string) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await redis.info('replication'))?.[1])
  const goal = await offsetOf(master, 'master_repl_offset')
  await expect.poll(() => offsetOf(replica, 'slave_repl_offset'), patience).toBeGreaterThanOrEqual(goal)
}
