import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { redisStore } from '../src/index.ts'
import { openClient, type ClientName } from './servers/clients.ts'
import { uniquePrefix } from './servers/connect.ts'
import { standingStill, startInstaller } from './servers/installer.ts'
import { startCluster } from './servers/redis-cluster.ts'

// node-redis 5 goes on asking the frozen master, and never asks the others who has replaced it.
const clients: readonly ClientName[] = ['ioredis 6', 'ioredis 5', 'node-redis 6']
const patience = { timeout: 120_000, interval: 20 }

test(
  'F45 a master of a cluster is frozen, replaced, and comes back: no client loses an installation that was acknowledged',
  {
    timeout: 240_000,
  },
  async () => {
    await using opened = new AsyncDisposableStack()
    const cluster = opened.use(await startCluster(1))
    const admins = cluster.ports.map((port) => {
      const admin = new Redis({ port, retryStrategy: () => 100, maxRetriesPerRequest: null })
      opened.defer(() => admin.disconnect())
      return admin.on('error', () => {})
    })
    const roleOf = async (index: number) => (await admins[index]!.role())[0]
    // The first three nodes are masters, and the others are their replicas.
    const [frozen] = cluster.nodes
    const replicas = await Promise.all(admins.slice(3).map((admin) => admin.role() as Promise<unknown>))
    const successor = 3 + replicas.findIndex((role) => (role as [string, string, number])[2] === frozen!.port)
    expect(await roleOf(successor)).toBe('slave')

    const writers = await Promise.all(
      clients.map(async (name) => {
        const { client, ready, close } = openClient(name, { clusterPorts: cluster.ports })
        opened.defer(close)
        await ready
        const prefix = uniquePrefix()
        const store = redisStore(client, { prefix })
        return { name, prefix, store, installer: opened.use(startInstaller(store)) }
      }),
    )
    /** Resolves when each client has written to each bucket, and so to each master, several times. */
    const eachGoesOn = async () => {
      const before = new Map(writers.map((writer) => [writer, writer.installer.acknowledged.length]))
      const hasGoneOn = (writer: (typeof writers)[number]) => {
        const { bucketOf } = keysUnder(writer.prefix)
        const since = writer.installer.acknowledged.slice(before.get(writer))
        return new Set(since.map((id) => bucketOf(id).ids)).size === 64
      }
      await expect.poll(() => standingStill(writers, hasGoneOn), patience).toEqual([])
    }
    await eachGoesOn()
    await Promise.all(writers.map(({ installer }) => installer.pause()))
    // What a frozen master alone has is lost, whatever the client does.
    const offsetOf = async (index: number, name: string) =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await admins[index]!.info('replication'))?.[1])
    const goal = await offsetOf(0, 'master_repl_offset')
    await expect.poll(() => offsetOf(successor, 'slave_repl_offset'), patience).toBeGreaterThanOrEqual(goal)
    frozen!.freeze()
    for (const { installer } of writers) installer.goOn()
    await expect.poll(() => roleOf(successor), patience).toBe('master')
    await eachGoesOn()

    frozen!.thaw()
    await eachGoesOn()
    await expect.poll(() => roleOf(0).catch(String), patience).toBe('slave')
    await eachGoesOn()
    await Promise.all(writers.map(({ installer }) => installer.end()))

    for (const { name, store, installer } of writers) {
      const stored = await Promise.all(installer.acknowledged.map((id) => store.get(id)))
      const lost = installer.acknowledged.filter((_, index) => stored[index] === undefined)
      expect({ name, lost }).toEqual({ name, lost: [] })
    }
  },
)
