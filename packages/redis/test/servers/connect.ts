import { randomBytes } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import type { RedisServer } from '@pd/test-support/redis'
import { startRedis } from '@pd/test-support/redis'

/** Where a Redis is. Can be sent to another process. */
export type RedisAddress =
  | { readonly url: string }
  | { readonly port: number }
  | {
      readonly clusterPorts: readonly number[]
      /** At which other ports the nodes are reached, if they are. */
      readonly insteadOf?: Readonly<Record<number, number>>
    }

/** A prefix that no other test uses, even on a shared Redis. */
export const uniquePrefix = (): string => `test:${randomBytes(6).toString('hex')}`

/** A Redis for tests that do not harm it: the server at REDIS_URL, or a new one. */
export async function sharedRedis(): Promise<{ address: RedisAddress; stop: () => Promise<void> }> {
  const url = process.env['REDIS_URL']
  if (url !== undefined) return { address: { url }, stop: async () => {} }
  const server: RedisServer = await startRedis()
  return { address: { port: server.port }, stop: () => server.stop() }
}

/** A client that reconnects after 100 ms. A failed command still rejects; other errors of the connection are ignored. */
export function connect(
  address: RedisAddress,
  options: { readonly keyPrefix?: string } = {},
): Redis | Cluster {
  const retryStrategy = () => 100
  if ('clusterPorts' in address) {
    const nodes = address.clusterPorts.map((port) => ({ host: '127.0.0.1', port }))
    const natMap = Object.fromEntries(
      Object.entries(address.insteadOf ?? {}).map(([from, port]) => [
        `127.0.0.1:${from}`,
        { host: '127.0.0.1', port },
      ]),
    )
    return quiet(new Cluster(nodes, { ...options, natMap, clusterRetryStrategy: retryStrategy }))
  }
  if ('url' in address) return quiet(new Redis(address.url, { ...options, retryStrategy }))
  return quiet(new Redis({ host: '127.0.0.1', port: address.port, ...options, retryStrategy }))
}

function quiet<Client extends Redis | Cluster>(client: Client): Client {
  client.on('error', () => {})
  return client
}
