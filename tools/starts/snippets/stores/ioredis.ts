// npm install @pd/oauth-redis ioredis
import { ioredisOptions, redisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'

const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://localhost:6379', ioredisOptions)
redis.on('error', (error) => console.error('Redis:', error.message))
export const store = redisStore(redis, { prefix: 'my-app' })
