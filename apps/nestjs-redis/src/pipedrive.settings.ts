import { Inject, Injectable } from '@nestjs/common'
import type { PipedriveModuleOptions, PipedriveOptionsFactory } from '@pd/oauth-nestjs'
import { redisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'

/** What is the same in every process: the app, the sealing secrets, and the Redis. What is missing, the module names at start. */
@Injectable()
export class PipedriveSettings implements PipedriveOptionsFactory {
  constructor(@Inject(Redis) private readonly redis: Redis) {}

  createPipedriveOptions(): PipedriveModuleOptions {
    const { env } = process
    const origin = env['PIPEDRIVE_ORIGIN']
    return {
      clientId: env['PIPEDRIVE_CLIENT_ID'] ?? '',
      clientSecret: env['PIPEDRIVE_CLIENT_SECRET'] ?? '',
      redirectUri: env['PIPEDRIVE_REDIRECT_URI'] ?? 'http://localhost:3000/pipedrive/callback',
      secrets: env['PD_SECRETS']?.split(',') ?? [],
      store: redisStore(this.redis),
      // A fake Pipedrive in the place of the real one.
      ...(origin !== undefined && { endpoints: { oauth: origin, api: origin } }),
    }
  }
}
