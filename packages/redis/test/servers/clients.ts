import { Redis as Upstash, type RedisConfigNodejs } from '@upstash/redis'

import * as ioredis5 from 'ioredis5'
import * as nodeRedis6 from 'redis'
import * as nodeRedis5 from 'redis5'
import {
  ioredisClusterOptions,
  ioredisOptions,
  nodeRedisOptions,
  type PollingClient,
  type RedisClient,
  type SubscribingClient,
} from '../../src/index.ts'
import { clusterOf, connect, type RedisAddress } from './connect.ts'

/** A client of the application, with the options that docs/reference/redis.md recommends. */
export interface OpenedClient<Client extends RedisClient = RedisClient> {
  readonly client: Client
  /** Resolves when the client takes commands. Absent: at once. */
  readonly ready?: Promise<unknown>
  close(): void
}

/** The clients that receive changes over one more connection. */
export const subscribing = {
  'ioredis 6': (address) => closable(connect(address)),
  'ioredis 5': (address) => {
    if (!('clusterPorts' in address)) return closable(new ioredis5.Redis(urlOf(address), ioredisOptions))
    const { nodes, natMap } = clusterOf(address)
    return closable(new ioredis5.Cluster(nodes, { ...ioredisClusterOptions, natMap }))
  },
  'node-redis 6': (address) => ofNodeRedis(nodeRedis6, address),
  'node-redis 5': (address) => ofNodeRedis(nodeRedis5 as unknown as typeof nodeRedis6, address),
} satisfies Record<string, (address: RedisAddress) => OpenedClient<SubscribingClient>>

type PollingName = 'node-redis 6, a pool' | '@upstash/redis' | '@upstash/redis without its conveniences'

/** The clients without such a connection. */
export const polling: Record<PollingName, (address: RedisAddress) => OpenedClient<PollingClient>> = {
  'node-redis 6, a pool': (address) => {
    const pool = nodeRedis6.createClientPool({ ...nodeRedisOptions, url: urlOf(address) })
    return connecting(pool)
  },
  '@upstash/redis': (address) => ({ client: upstashOf(address), close: () => {} }),
  '@upstash/redis without its conveniences': (address) => ({
    client: upstashOf(address, {
      automaticDeserialization: false,
      enableAutoPipelining: false,
      responseEncoding: false,
    }),
    close: () => {},
  }),
}

export type ClientName = keyof typeof subscribing | PollingName

export function openClient(name: ClientName, address: RedisAddress): OpenedClient {
  return name in subscribing
    ? subscribing[name as keyof typeof subscribing](address)
    : polling[name as PollingName](address)
}

function ofNodeRedis(
  { createClient, createCluster }: Pick<typeof nodeRedis6, 'createClient' | 'createCluster'>,
  address: RedisAddress,
): OpenedClient<SubscribingClient> {
  if (!('clusterPorts' in address))
    return connecting(createClient({ ...nodeRedisOptions, url: urlOf(address) }))
  const { nodes, natMap } = clusterOf(address)
  return connecting(
    createCluster({
      rootNodes: nodes.map((socket) => ({ socket })),
      defaults: nodeRedisOptions,
      nodeAddressMap: natMap,
    }),
  )
}

interface Connectable {
  connect(): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: () => void): unknown
}

/** Commands wait until the client is connected. */
function connecting<Client extends Connectable>(client: Client) {
  client.on('error', () => {})
  const ready = client.connect()
  ready.catch(() => {})
  return { client, ready, close: () => client.destroy() }
}

function closable<Client extends { disconnect(): void; on(event: 'error', listener: () => void): unknown }>(
  client: Client,
) {
  client.on('error', () => {})
  return { client, close: () => client.disconnect() }
}

export function urlOf(address: RedisAddress): string {
  if ('url' in address) return address.url
  if ('port' in address) return `redis://127.0.0.1:${address.port}`
  throw new Error('This client needs the address of one server.')
}

function upstashOf(address: RedisAddress, more: Partial<RedisConfigNodejs> = {}): Upstash {
  if (!('upstash' in address)) throw new Error('This client needs the address of an HTTP front.')
  return new Upstash({ ...address.upstash, enableTelemetry: false, retry: false, ...more })
}
