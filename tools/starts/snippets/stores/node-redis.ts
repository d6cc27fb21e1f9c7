// npm install @pd/oauth-redis redis
import { nodeRedisOptions, redisStore } from '@pd/oauth-redis'
import { createClient } from 'redis'

const url = process.env['REDIS_URL'] ?? 'redis://localhost:6379'
export const redis = createClient({ ...nodeRedisOptions, url })
let trouble: string | undefined
redis.on('ready', () => (trouble = undefined))
redis.on('error', ({ message }) => {
  if (message !== trouble) console.error('Redis:', message) // once, not for each attempt to connect
  trouble = message
})
await redis.connect()
export const store = redisStore(redis, { prefix: 'my-app' })
