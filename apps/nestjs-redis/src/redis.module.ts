import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common'
import { ioredisOptions } from '@pd/oauth-redis'
import { Redis } from 'ioredis'

function connect(): Redis {
  const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', ioredisOptions)
  const logger = new Logger(Redis.name)
  return redis.on('error', (error: Error) => logger.error(error.message))
}

/** One connection for the whole application. It is closed last, when the modules that use it have saved everything. */
@Module({ providers: [{ provide: Redis, useFactory: connect }], exports: [Redis] })
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(Redis) private readonly redis: Redis) {}

  async onApplicationShutdown(): Promise<void> {
    // QUIT would wait forever for a Redis that cannot be reached.
    if (this.redis.status === 'ready') await this.redis.quit()
    else this.redis.disconnect()
  }
}
