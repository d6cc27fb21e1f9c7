import { onTestFinished } from 'vitest'
import { createFakePipedrive, manualClock, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import {
  PipedriveOAuth,
  PipedriveOAuthError,
  memoryStore,
  type InstallationId,
  type OAuthEvent,
  type PipedriveOAuthErrorCode,
  type PipedriveOAuthOptions,
} from '../../src/index.ts'
import { type Clock } from '../../src/adapter.ts'

/** What a flow test works with: a fake Pipedrive, a clock, one store, and any number of clients over it. */
export function createScene(fakeOptions: FakePipedriveOptions = {}) {
  const clock = manualClock()
  // A test may end while a retry still waits.
  onTestFinished(() => clock[Symbol.dispose]())
  const fake = createFakePipedrive({ clock, ...fakeOptions })
  const store = memoryStore()
  const heard: OAuthEvent[] = []
  const events: OAuthEvent[] = []
  const hear = (event: OAuthEvent) => {
    heard.push(event)
    if (!observations.has(event.type)) events.push(event)
  }

  const client = (options: Partial<PipedriveOAuthOptions> = {}) =>
    new PipedriveOAuth({
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      redirectUri: fake.app.redirectUri,
      secrets: [sealingSecret],
      store,
      fetch: fake.fetch,
      clock,
      onEvent: hear,
      ...options,
    })

  /** A user connects through the consent page. */
  const connect = async (oauth: PipedriveOAuth, user?: string) => {
    const { url, attempt } = await oauth.authorize({ returnTo: '/settings' })
    return oauth.callback(await fake.approve(url, { user }), attempt)
  }

  /** How many refresh requests reached Pipedrive. */
  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' }).length
  /** The types of the events so far, in order, without those that only observe. */
  const happened = () => events.map(({ type }) => type)

  return { clock, fake, store, heard, events, client, connect, refreshes, happened }
}

/** Events that tell what begins, what was tried and how long it took, but of no change. */
const observations: ReadonlySet<OAuthEvent['type']> = new Set<OAuthEvent['type']>([
  'consent_started',
  'consent_failed',
  'refresh_started',
  'refresh_discarded',
  'lease_taken_over',
  'waited',
  'store_failed',
  'rate_limited',
  'api_response',
  'kept_alive',
  'request_refused',
])

export type Scene = ReturnType<typeof createScene>

export const sealingSecret = 'test-secret-that-is-long-enough-0001'
/** The fake's first user, who consents if no user is named. */
export const ada: InstallationId = '1001:11'

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** Returns what a promise rejects with. Call it before time moves on, so that the rejection is handled. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise])
  if (result.status === 'rejected') return result.reason
  throw new Error('It did not reject')
}

/** Returns the `code` of the library's error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<PipedriveOAuthErrorCode> {
  const error = await rejection(promise)
  if (error instanceof PipedriveOAuthError) return error.code
  throw error
}

/** Returns a clock that differs from another one by `byMs`. */
export function skewed(clock: Required<Clock>, byMs: number): Required<Clock> {
  return { now: () => clock.now() + byMs, sleep: (ms, signal) => clock.sleep(ms, signal) }
}

/** A `fetch` that never answers. With `stopped`, it makes a process that died in the middle of its work. */
export const silence: typeof fetch = () => new Promise<Response>(() => {})

/** Returns the clock of a process that died: its sleeps never end. */
export function stopped(clock: Required<Clock>): Required<Clock> {
  return { now: () => clock.now(), sleep: () => new Promise(() => {}) }
}

/** Returns all items of an asynchronous iterable. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Lets time pass in small steps until this is done, so that no limit on work that goes on is reached. */
export async function inTime<T>(
  clock: { advance(ms: number): Promise<void> },
  working: Promise<T>,
): Promise<T> {
  const progress = { isDone: false }
  const watched = working.finally(() => {
    progress.isDone = true
  })
  watched.catch(() => {})
  while (!progress.isDone) await clock.advance(100)
  return watched
}
