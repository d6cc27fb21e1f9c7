import { defaultPolicy, policyProblems, type Policy } from '../machine/policy.ts'
import { ConfigurationError } from '../errors.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { TokenStore } from '../store/store.ts'
import { fullClock, type Clock, type FullClock } from './clock.ts'
import type { OAuthEvent } from './oauth-event.ts'
import { webCryptoRandom, type Random } from './random.ts'

/** What `new PipedriveOAuth()` takes. */
export interface PipedriveOAuthOptions {
  /** The app's client id, from the Developer Hub. */
  readonly clientId: string
  /**
   * The app's client secret. An array while it is being changed, the current one first: the others are tried when
   * Pipedrive rejects it, and all of them verify what Pipedrive sends.
   */
  readonly clientSecret: string | readonly string[]
  /** The app's callback address, exactly as registered: https, or http on localhost. */
  readonly redirectUri: string
  /** What records and cookies are sealed with, at least 32 characters each: the first seals, all of them open. */
  readonly secrets: readonly string[]
  /** Where installations are kept. Default: `memoryStore()`. */
  readonly store?: TokenStore
  /** Scopes the app relies on. What a user has not granted is reported by `describe()` and an event. Default: none. */
  readonly scopes?: readonly string[]
  readonly endpoints?: {
    /** The origin of the token endpoint. Default: `https://oauth.pipedrive.com`. */
    readonly oauth?: string
    /** One more origin, besides Pipedrive's, to which bearer tokens may go as `api_domain`. Default: none. */
    readonly api?: string
  }
  /** Numbers to decide by that differ from the defaults. */
  readonly policy?: Partial<Policy>
  /** Sends every request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Where the time comes from. Default: `Date`. */
  readonly clock?: Clock | (() => number)
  /** Where randomness comes from. Default: `crypto.getRandomValues`. */
  readonly random?: Random
  /** Hears what happens. It is not waited for; what it throws is logged with `console.error`. Never carries a secret. */
  readonly onEvent?: (event: OAuthEvent) => unknown
  /** Keeps background work alive where a runtime ends with the response, such as `executionCtx.waitUntil`. Default: none. */
  readonly waitUntil?: (work: Promise<unknown>) => void
}

/** The options with every default filled in, and checked. */
export interface Settings {
  readonly clientId: string
  readonly clientSecrets: readonly string[]
  readonly redirectUri: string
  readonly secrets: readonly string[]
  readonly store: TokenStore
  readonly scopes: readonly string[]
  readonly oauthOrigin: string
  readonly apiOrigin: string | undefined
  readonly policy: Policy
  readonly fetch: typeof globalThis.fetch
  readonly clock: FullClock
  readonly random: Random
  readonly onEvent: ((event: OAuthEvent) => unknown) | undefined
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined
}

const known: Record<keyof PipedriveOAuthOptions, true> = {
  clientId: true,
  clientSecret: true,
  redirectUri: true,
  secrets: true,
  store: true,
  scopes: true,
  endpoints: true,
  policy: true,
  fetch: true,
  clock: true,
  random: true,
  onEvent: true,
  waitUntil: true,
}

const shortestSecret = 32

/**
 * Checks the options and fills in the defaults.
 * @throws {ConfigurationError} `invalid_configuration`, with every problem named. No value of an option is repeated in it.
 */
export function resolveOptions(options: PipedriveOAuthOptions): Settings {
  const problems = optionProblems(options)
  const policy: Policy = { ...defaultPolicy, ...withoutUndefined(options?.policy) }
  problems.push(...policyProblems(policy))
  if (problems.length > 0) throw new ConfigurationError(problems)
  return {
    clientId: options.clientId,
    clientSecrets: secretsOf(options.clientSecret),
    redirectUri: options.redirectUri,
    secrets: options.secrets,
    store: options.store ?? memoryStore(),
    scopes: options.scopes ?? [],
    oauthOrigin: options.endpoints?.oauth ?? 'https://oauth.pipedrive.com',
    apiOrigin: options.endpoints?.api === undefined ? undefined : new URL(options.endpoints.api).origin,
    policy,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock: fullClock(options.clock),
    random: options.random ?? webCryptoRandom,
    onEvent: options.onEvent,
    waitUntil: options.waitUntil,
  }
}

function optionProblems(options: PipedriveOAuthOptions): string[] {
  if (typeof options !== 'object' || options === null) return ['options must be an object']
  return [
    ...Object.keys(options)
      .filter((name) => !(name in known))
      .map((name) => `${name} is not a known option`),
    ...Object.keys(options.endpoints ?? {})
      .filter((name) => name !== 'oauth' && name !== 'api')
      .map((name) => `endpoints.${name} is not a known option`),
    ...problem(!isText(options.clientId), 'clientId must be the client id from the Developer Hub'),
    ...problem(
      !isListOf(secretsOf(options.clientSecret), isText),
      'clientSecret must be the client secret from the Developer Hub, or an array of them, the current one first',
    ),
    ...problem(
      !isWebAddress(options.redirectUri),
      'redirectUri must be the callback address as registered: an https address, or http on localhost, without a fragment',
    ),
    ...problem(
      !isListOf(options.secrets, (secret) => isText(secret) && secret.length >= shortestSecret),
      `secrets must be an array of at least one random string of ${shortestSecret} characters or more, the newest first`,
    ),
    ...problem(
      options.store !== undefined && !isStore(options.store),
      'store must have the methods get and compareAndSet',
    ),
    ...problem(
      options.scopes !== undefined && !(Array.isArray(options.scopes) && options.scopes.every(isText)),
      'scopes must be an array of scope names',
    ),
    ...(['oauth', 'api'] as const).flatMap((name) =>
      problem(
        options.endpoints?.[name] !== undefined && !isOrigin(options.endpoints[name]),
        `endpoints.${name} must be an origin such as https://oauth.pipedrive.com: https, or http on localhost, no path`,
      ),
    ),
    ...problem(!isOptionalFunction(options.fetch), 'fetch must be a function'),
    ...problem(!isOptionalClock(options.clock), 'clock must have a method now, or be a function'),
    ...problem(!isOptionalFunction(options.random), 'random must be a function'),
    ...problem(!isOptionalFunction(options.onEvent), 'onEvent must be a function'),
    ...problem(!isOptionalFunction(options.waitUntil), 'waitUntil must be a function'),
  ]
}

function problem(found: boolean, sentence: string): string[] {
  return found ? [sentence] : []
}

function secretsOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem)
}

function isStore(value: unknown): boolean {
  const store = value as Partial<TokenStore> | null
  return typeof store?.get === 'function' && typeof store.compareAndSet === 'function'
}

function isWebAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value) || value.includes('#')) return false
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isOrigin(value: unknown): boolean {
  return isWebAddress(value) && new URL(value as string).href === `${new URL(value as string).origin}/`
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === 'function'
}

function isOptionalClock(value: unknown): boolean {
  return isOptionalFunction(value) || typeof (value as Partial<Clock> | null)?.now === 'function'
}

function withoutUndefined<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined),
  ) as Partial<T>
}
