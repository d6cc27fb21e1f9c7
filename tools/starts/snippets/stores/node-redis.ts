// npm install @pd/oauth-redis redis
import { nodeRedisOptions, redisStore } from '@pd/oauth-redis'
import { createClient } from 'redis'

const url = process.env['REDIS_URL'] ?? 'redis://localhost:6379'
const redis = createClient({ ...nodeRedisOptions, url })
redis.on('error', (error) => console.error('Redis:', error.message))
await redis.connect()
export const store = redisStore(redis, { prefix: 'my-app' })
