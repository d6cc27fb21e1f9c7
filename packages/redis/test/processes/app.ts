import { PipedriveOAuth, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { redisStore, type RedisStore } from '../../src/index.ts'
import { connect, type RedisAddress } from '../servers/connect.ts'

/** All that one process of the application needs to know, in a form that can be sent to it. */
export interface AppSetup {
  readonly address: RedisAddress
  readonly prefix: string
  /** Where the fake Pipedrive listens. */
  readonly origin: string
  readonly policy: NonNullable<PipedriveOAuthOptions['policy']>
}

export interface App extends AsyncDisposable {
  readonly store: RedisStore
  readonly oauth: PipedriveOAuth
}

/** One process's part of the application: a connection, a store over it, a client over that. */
export function openApp(setup: AppSetup, overrides: Partial<PipedriveOAuthOptions> = {}): App {
  const { address, prefix, origin, policy } = setup
  const redis = connect(address)
  const store = redisStore(redis, { prefix })
  const oauth = new PipedriveOAuth({
    clientId: 'fake-client-id',
    clientSecret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
    secrets: ['test-secret-that-is-long-enough-0001'],
    endpoints: { oauth: origin, api: origin },
    store,
    policy,
    ...overrides,
  })
  return {
    store,
    oauth,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      redis.disconnect()
    },
  }
}
