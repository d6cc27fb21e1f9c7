// npm install @pd/oauth-redis @upstash/redis
import { redisStore } from '@pd/oauth-redis'
import { Redis } from '@upstash/redis'

const redis = Redis.fromEnv() // UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN
export const store = redisStore(redis, { prefix: 'my-app' })
