export { ioredisClusterOptions, ioredisOptions, nodeRedisOptions } from './client-options.ts'
export type { IoRedisClient } from './clients/ioredis.ts'
export type {
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisPool,
  NodeRedisSentinel,
} from './clients/node-redis.ts'
export type { UpstashClient } from './clients/upstash.ts'
export type { PollingClient, RedisClient, SubscribingClient } from './redis-client.ts'
export { redisStore, type PollingRedisStore, type RedisStore, type RedisStoreOptions } from './redis-store.ts'
