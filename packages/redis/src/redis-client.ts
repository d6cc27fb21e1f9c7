import {
  ioRedisConnection,
  ioRedisProblems,
  missingOfIoRedis,
  type IoRedisClient,
} from './clients/ioredis.ts'
import {
  isNodeRedis,
  nodeRedisConnection,
  nodeRedisProblems,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisPool,
  type NodeRedisSentinel,
} from './clients/node-redis.ts'
import { isUpstash, upstashConnection, type UpstashClient } from './clients/upstash.ts'
import type { RedisConnection } from './redis-connection.ts'

/** A client that can open further connections, on which the store receives changes. */
export type SubscribingClient = IoRedisClient | NodeRedisClient | NodeRedisCluster

/** A client without such connections: the store cannot receive changes, and callers poll. */
export type PollingClient = NodeRedisSentinel | NodeRedisPool | UpstashClient

/** A client of ioredis 5 or 6, node-redis 5 or 6, or @upstash/redis. */
export type RedisClient = SubscribingClient | PollingClient

/** Returns the client in the one shape that the store uses, or the reasons why it cannot be used, a sentence each. */
export function recognise(
  client: unknown,
): { connection: RedisConnection } | { problems: readonly string[] } {
  const members = Object(client) as Partial<Record<string, unknown>>
  const missing = missingOfIoRedis(members)
  if (missing.length === 0) {
    const ioRedis = client as IoRedisClient
    return usable(ioRedisProblems(ioRedis), () => ioRedisConnection(ioRedis))
  }
  if (isNodeRedis(members)) {
    const nodeRedis = client as NodeRedisClient
    return usable(nodeRedisProblems(nodeRedis), () => nodeRedisConnection(nodeRedis))
  }
  if (isUpstash(members)) return { connection: upstashConnection(client as UpstashClient) }
  const lacks =
    missing.length === missingOfIoRedis({}).length
      ? ''
      : `; as a client of ioredis, it has no ${missing.join(', ')}`
  return {
    problems: [
      'redisStore() needs a client of ioredis (Redis or Cluster), of node-redis (createClient, createCluster, ' +
        `createSentinel or createClientPool) or a Redis of @upstash/redis. This object is none of them${lacks}`,
    ],
  }
}

function usable(
  problems: readonly string[],
  connection: () => RedisConnection,
): ReturnType<typeof recognise> {
  return problems.length > 0 ? { problems } : { connection: connection() }
}
