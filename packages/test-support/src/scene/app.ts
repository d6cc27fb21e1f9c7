import { PipedriveOAuth, type PipedriveOAuthOptions } from '@pd/oauth-core'
import type { OpenedStore, TestedStore } from './store-opener.ts'

/** What one process of the application needs to know, besides its store. Can be sent to a process. */
export interface AppSetup {
  /** Where the fake Pipedrive listens. */
  readonly origin: string
  readonly policy: NonNullable<PipedriveOAuthOptions['policy']>
}

/** One process's part of the application: a client over a store. */
export interface App extends AsyncDisposable {
  readonly store: TestedStore
  readonly oauth: PipedriveOAuth
  /** Creates what the store needs before its first use. */
  setUp(): Promise<void>
  /** Moves the clock of this process forward by `ms`. Running timers are not affected. */
  advanceClock(ms: number): void
}

/** Opens the application over a store, which is closed with it. `overrides` are options of the client. */
export function openApp(
  opened: OpenedStore,
  { origin, policy }: AppSetup,
  overrides: Partial<PipedriveOAuthOptions> = {},
): App {
  const { store } = opened
  let aheadMs = 0
  const oauth = new PipedriveOAuth({
    clientId: 'fake-client-id',
    clientSecret: 'fake-client-secret',
    redirectUri: 'http://localhost:3000/pipedrive/callback',
    secrets: ['test-secret-that-is-long-enough-0001'],
    endpoints: { oauth: origin, api: origin },
    store,
    policy,
    clock: () => Date.now() + aheadMs,
    ...overrides,
  })
  return {
    store,
    oauth,
    setUp: async () => opened.setUp?.(),
    advanceClock: (ms) => void (aheadMs += ms),
    [Symbol.asyncDispose]: async () => opened[Symbol.asyncDispose](),
  }
}
