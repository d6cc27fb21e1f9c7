// npm install @pd/oauth-redis ioredis
import { ioredisOptions, redisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'

export const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://localhost:6379', ioredisOptions)
let trouble: string | undefined
redis.on('ready', () => (trouble = undefined))
redis.on('error', ({ message }) => {
  if (message !== trouble) console.error('Redis:', message) // once, not for each attempt to connect
  trouble = message
})
export const store = redisStore(redis, { prefix: 'my-app' })
