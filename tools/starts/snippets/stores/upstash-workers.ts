// npm install @pd/oauth-redis @upstash/redis
import { redisStore } from '@pd/oauth-redis'
import { Redis } from '@upstash/redis/cloudflare'

export interface StoreBindings {
  UPSTASH_REDIS_REST_URL: string
  UPSTASH_REDIS_REST_TOKEN: string
}

export const storeOf = (env: StoreBindings) => redisStore(Redis.fromEnv(env), { prefix: 'my-app' })
