import { defaultPolicy, policyProblems, type Policy } from '../machine/policy.ts'
import { problemsOf, unknownNames } from '../machine/problems.ts'
import { ConfigurationError } from '../errors.ts'
import { defaultOAuthOrigin } from '../protocol/authorization-url.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { TokenStore } from '../store/store.ts'
import { fullClock, type Clock } from './runtime/clock.ts'
import { EventHub } from './runtime/event-hub.ts'
import type { OAuthEventListener } from './runtime/oauth-event.ts'
import { webCryptoRandom, type Random } from './runtime/random.ts'
import type { Settings, WaitUntil } from './runtime/settings.ts'

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
  /** The secrets that seal records and cookies, at least 32 characters each: the first seals, all of them open. */
  readonly secrets: readonly string[]
  /** Keeps the installations. Default: `memoryStore()`. */
  readonly store?: TokenStore | undefined
  /** Scopes the app relies on. `describe()` and an event report those that a user has not granted. Default: none. */
  readonly scopes?: readonly string[] | undefined
  readonly endpoints?: EndpointOptions | undefined
  /** Numbers to decide by that differ from the defaults. */
  readonly policy?: { readonly [Name in keyof Policy]?: Policy[Name] | undefined } | undefined
  /** Sends every request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Tells the time. Default: `Date`. */
  readonly clock?: Clock | (() => number) | undefined
  /** Gives random bytes. Default: `crypto.getRandomValues`. */
  readonly random?: Random | undefined
  /** Hears every event, as `subscribe()` does. It is not waited for; what it throws is logged with `console.error`. */
  readonly onEvent?: OAuthEventListener | undefined
  /** Keeps background work alive where a runtime ends with the response, such as `executionCtx.waitUntil`. Default: none. */
  readonly waitUntil?: WaitUntil | undefined
}

export interface EndpointOptions {
  /** The origin of the token endpoint. Default: `https://oauth.pipedrive.com`. */
  readonly oauth?: string | undefined
  /** One more origin, besides Pipedrive's, to which bearer tokens may go as `api_domain`. Default: none. */
  readonly api?: string | undefined
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

const knownEndpoints: Record<keyof EndpointOptions, true> = { oauth: true, api: true }

const shortestSecret = 32

/**
 * Checks the options and fills in the defaults. `events` then hears what happens.
 * @throws {ConfigurationError} `invalid_configuration`, which names every problem and repeats no secret
 */
export function resolveOptions(options: PipedriveOAuthOptions): { settings: Settings; events: EventHub } {
  const policy = { ...defaultPolicy, ...withoutUndefined(options?.policy) } as Policy
  const problems = [...optionProblems(options), ...policyProblems(policy)]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const clock = fullClock(options.clock)
  const events = new EventHub(() => clock.now())
  if (options.onEvent !== undefined) events.subscribe(options.onEvent)
  const settings: Settings = {
    clientId: options.clientId,
    clientSecrets: secretsOf(options.clientSecret),
    redirectUri: options.redirectUri,
    secrets: options.secrets,
    store: options.store ?? memoryStore(),
    scopes: options.scopes ?? [],
    oauthOrigin: options.endpoints?.oauth ?? defaultOAuthOrigin,
    apiOrigin: options.endpoints?.api === undefined ? undefined : new URL(options.endpoints.api).origin,
    policy,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock,
    random: options.random ?? webCryptoRandom,
    emit: events.emit,
    waitUntil: options.waitUntil,
  }
  return { settings, events }
}

function optionProblems(options: PipedriveOAuthOptions): string[] {
  if (typeof options !== 'object' || options === null) return ['options must be an object']
  const { clientId, clientSecret, redirectUri, secrets, store, scopes, endpoints } = options
  return [
    ...unknownNames(options, known),
    ...unknownNames(endpoints ?? {}, knownEndpoints, 'endpoints.'),
    ...problemsOf(
      [!isText(clientId), 'clientId must be the client id from the Developer Hub'],
      [
        !isListOf(secretsOf(clientSecret), isText),
        'clientSecret must be the client secret from the Developer Hub, or an array of them, the current one first',
      ],
      [
        !isWebAddress(redirectUri),
        'redirectUri must be the callback address as registered: an https address, or http on localhost, without a fragment',
      ],
      [
        !isListOf(secrets, (secret) => isText(secret) && secret.length >= shortestSecret),
        `secrets must be an array of at least one random string of ${shortestSecret} characters or more, the newest first`,
      ],
      [store !== undefined && !isStore(store), 'store must have the methods get and compareAndSet'],
      [
        scopes !== undefined && !(Array.isArray(scopes) && scopes.every(isText)),
        'scopes must be an array of scope names',
      ],
      [!isOptionalOrigin(endpoints?.oauth), originProblem('oauth')],
      [!isOptionalOrigin(endpoints?.api), originProblem('api')],
      [!isOptionalFunction(options.fetch), 'fetch must be a function'],
      [!isOptionalClock(options.clock), 'clock must have a method now, or be a function'],
      [!isOptionalFunction(options.random), 'random must be a function'],
      [!isOptionalFunction(options.onEvent), 'onEvent must be a function'],
      [!isOptionalFunction(options.waitUntil), 'waitUntil must be a function'],
    ),
  ]
}

function originProblem(name: keyof EndpointOptions): string {
  return `endpoints.${name} must be an origin such as https://oauth.pipedrive.com: https, or http on localhost, no path`
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

function isWebAddress(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value) || value.includes('#')) return false
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isOptionalOrigin(value: unknown): boolean {
  return value === undefined || (isWebAddress(value) && new URL(value).href === `${new URL(value).origin}/`)
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

function withoutUndefined(value: object | undefined): object {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined))
}
