import { randomBytes } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import type { RedisServer } from '@pd/test-support/redis'
import { startRedis } from '@pd/test-support/redis'
import { ioredisClusterOptions, ioredisOptions } from '../../src/index.ts'

/** Where a Redis is. Can be sent to another process. */
export type RedisAddress =
  | { readonly url: string }
  | { readonly port: number }
  | {
      readonly clusterPorts: readonly number[]
      /** At which other ports the nodes are reached, if they are. */
      readonly insteadOf?: Readonly<Record<number, number>>
    }
  | { readonly upstash: { readonly url: string; readonly token: string } }

/** A prefix that no other test uses, even on a shared Redis. */
export const uniquePrefix = (): string => `test:${randomBytes(6).toString('hex')}`

/** A Redis for tests that do not harm it: the server at REDIS_URL, or a new one. */
export async function sharedRedis(): Promise<{ address: RedisAddress; stop: () => Promise<void> }> {
  const url = process.env['REDIS_URL']
  if (url !== undefined) return { address: { url }, stop: async () => {} }
  const server: RedisServer = await startRedis()
  return { address: { port: server.port }, stop: () => server.stop() }
}

/** A client with the options that docs/reference/redis.md recommends. A failed command rejects; other errors of the connection are ignored. */
export function connect(
  address: RedisAddress,
  options: { readonly keyPrefix?: string } = {},
): Redis | Cluster {
  if ('clusterPorts' in address) {
    const { nodes, natMap } = clusterOf(address)
    return quiet(new Cluster([...nodes], { ...ioredisClusterOptions, ...options, natMap }))
  }
  if ('upstash' in address) throw new Error('ioredis does not speak HTTP.')
  if ('url' in address) return quiet(new Redis(address.url, { ...ioredisOptions, ...options }))
  return quiet(new Redis({ ...ioredisOptions, ...options, port: address.port }))
}

/** The nodes of a cluster, and where each is reached, as the clients want to know it. */
export function clusterOf({
  clusterPorts,
  insteadOf = {},
}: Extract<RedisAddress, { clusterPorts: unknown }>) {
  const natMap: Record<string, { host: string; port: number }> = Object.fromEntries(
    Object.entries(insteadOf).map(([from, port]) => [`127.0.0.1:${from}`, { host: '127.0.0.1', port }]),
  )
  return { nodes: clusterPorts.map((port) => ({ host: '127.0.0.1', port })), natMap }
}

function quiet<Client extends Redis | Cluster>(client: Client): Client {
  client.on('error', () => {})
  return client
}
