export type { RedisClient, RedisCommands, RedisSubscriber } from './redis-client.ts'
export { redisStore, type RedisStore, type RedisStoreOptions } from './redis-store.ts'
