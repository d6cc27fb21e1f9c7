import { Inject, Injectable } from '@nestjs/common'
import type { PipedriveModuleOptions, PipedriveOptionsFactory } from '@pd/oauth-nestjs'
import { redisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'

/** The options, which are the same in every process. The module names a missing one when it starts. */
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
      secrets: env['PD_OAUTH_SECRETS']?.split(',') ?? [],
      store: redisStore(this.redis),
      // A fake Pipedrive in place of the real one.
      endpoints: origin === undefined ? undefined : { oauth: origin, api: origin },
    }
  }
}
