import { openClusterLine, type LineCluster } from '../cluster-line.ts'
import { openLine, type LineNode } from '../line.ts'
import type { RedisCommands } from '../redis-commands.ts'
import type { Database, RedisConnection } from '../redis-connection.ts'

/** An extra connection of ioredis. */
interface IoRedisSubscriber {
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  on(event: string, listener: (...args: string[]) => void): unknown
  disconnect(): void
}

/** A client of one server, which can open a second connection to the same server. */
interface IoRedisNode extends Pick<RedisCommands, 'publish'> {
  readonly options?: object
  duplicate(options?: unknown): IoRedisSubscriber
}

/** A `Redis` or `Cluster` of ioredis 5 or 6. */
export interface IoRedisClient extends RedisCommands, IoRedisNode {
  readonly status: string
  /** Of a cluster: the nodes of each slot as `host:port`, the master first. */
  readonly slots?: readonly (readonly string[] | undefined)[]
  /** Of a cluster: a client for each master. */
  nodes?(role: 'master'): IoRedisNode[]
  /** Absent from a cluster, which has one database. */
  select?(database: number): Promise<unknown>
  once(event: 'end', listener: () => void): unknown
  off(event: 'end', listener: () => void): unknown
}

const methods: readonly (keyof IoRedisClient)[] = [
  'get',
  'mget',
  'publish',
  'eval',
  'evalsha',
  'zrangebyscore',
  'zrangebylex',
  'zcount',
  'duplicate',
  'once',
  'off',
]

/** The names of the methods that this object lacks to be a client of ioredis. */
export function missingOfIoRedis(client: Partial<Record<string, unknown>>): string[] {
  return methods.filter((name) => typeof client[name] !== 'function')
}

/** The reasons why a client of ioredis cannot be used, a sentence each. */
export function ioRedisProblems({ options }: IoRedisClient): string[] {
  const { scaleReads, role, readOnly, keyPrefix, sentinels, failoverDetector, socketTimeout } = Object(
    options,
  ) as Record<string, unknown>
  const readsReplicas =
    (scaleReads !== undefined && scaleReads !== 'master') || role === 'slave' || readOnly === true
  const hasSentinels = Array.isArray(sentinels) && sentinels.length > 0
  return [
    ...(readsReplicas
      ? [
          'redisStore() must read from masters, because a replica lags behind: ' +
            "leave the client's options scaleReads, role and readOnly at their defaults",
        ]
      : []),
    // The detector misses a switch that is told before it has subscribed. Then the silence of the old master tells.
    ...(hasSentinels && !(failoverDetector === true && Number(socketTimeout) > 0)
      ? [
          'redisStore() needs a client with failoverDetector: true and a socketTimeout, because it has Sentinels: without ' +
            'them, ioredis stays connected to a master that was replaced, and what it writes there is lost. ' +
            'Spread ioredisOptions into the options of new Redis(), or add failoverDetector: true, socketTimeout: 2_500',
        ]
      : []),
    ...(/[{}]/.test(String(keyPrefix ?? ''))
      ? [
          'redisStore() does not work with a keyPrefix that has braces: they would put all records into one slot of a cluster',
        ]
      : []),
  ]
}

export function ioRedisConnection(client: IoRedisClient): RedisConnection {
  return {
    commands: client,
    isCluster: client.nodes !== undefined,
    ...(client.nodes === undefined ? { database: databaseOf(client) } : {}),
    subscriptions: {
      open: (buckets, hear) =>
        client.nodes === undefined
          ? openLine(
              lineNode(client),
              buckets.map(({ changes }) => changes),
              hear,
            )
          : openClusterLine(lineCluster(client), buckets, hear),
      isOver: () => client.status === 'end',
      onEnd(listener) {
        client.once('end', listener)
        return () => client.off('end', listener)
      },
    },
  }
}

function databaseOf(client: IoRedisClient): Database {
  return {
    // The application may have selected another one than its options name.
    number: () => (client as { condition?: { select?: number } }).condition?.select,
    select: async (number) => client.select?.(number),
  }
}

/** Options of ioredis: try once, without waiting for anything but the subscription. */
const tryOnce = {
  lazyConnect: false,
  enableOfflineQueue: true,
  enableReadyCheck: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  socketTimeout: undefined,
  reconnectOnError: null,
  retryStrategy: () => null,
}

function lineNode(node: IoRedisNode): LineNode {
  return {
    publish: (channel, message) => node.publish(channel, message),
    openSubscriber(listener) {
      const subscriber = node.duplicate(tryOnce)
      subscriber.on('message', (channel, message) => listener.message(channel, message))
      subscriber.on('error', (error) => listener.failed(error))
      subscriber.on('close', () => listener.closed())
      return {
        subscribe: (channels) => subscriber.subscribe(...channels),
        unsubscribe: (channel) => subscriber.unsubscribe(channel),
        disconnect: () => subscriber.disconnect(),
      }
    },
  }
}

function lineCluster(cluster: IoRedisClient): LineCluster {
  return {
    commands: cluster,
    masterOf: (slot) => cluster.slots?.[slot]?.[0] ?? '',
    node(name) {
      const node = cluster.nodes?.('master').find(({ options }) => {
        const { host = '127.0.0.1', port = 6_379 } = Object(options) as Record<string, string | number>
        return `${host}:${port}` === name
      })
      return node && lineNode(node)
    },
  }
}
