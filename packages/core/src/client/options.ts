import { defaultPolicy, policyProblems, type Policy } from '../machine/policy.ts'
import { isText, problemsOf, unknownNames } from '../machine/problems.ts'
import { ConfigurationError } from '../errors.ts'
import { defaultOAuthOrigin } from '../protocol/authorization-url.ts'
import { readTokenText } from '../protocol/token-text.ts'
import { isOrigin, isWebAddress } from '../protocol/web-address.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { TokenStore } from '../store/store.ts'
import { fullClock, type Clock } from './runtime/clock.ts'
import { EventHub } from './runtime/event-hub.ts'
import { guardedWaitUntil } from './runtime/guarded.ts'
import { Log } from './runtime/log.ts'
import { consoleLogger, isLogger, type Logger } from './runtime/logger.ts'
import type { OAuthEventListener } from './runtime/oauth-event.ts'
import { webCryptoRandom, type Random } from './runtime/random.ts'
import { secretProblems, unset } from './runtime/secret-problems.ts'
import { SecretSource, trimmedEach, type Secrets } from './runtime/secret-source.ts'
import { ServerClock } from './runtime/server-clock.ts'
import type { Settings, WaitUntil } from './runtime/settings.ts'
import { withoutUndefined } from './runtime/without-undefined.ts'

/**
 * The options of `new PipedriveOAuth()`. White space around a text, such as the line break at the end of a file, means
 * nothing.
 */
export interface PipedriveOAuthOptions {
  /** The app's client id, from the Developer Hub. */
  readonly clientId: string
  /**
   * The app's client secret. While you change it, an array with the current one first: if Pipedrive rejects one, the
   * next is tried. Each of them verifies uninstall notices and, by default, the tokens of extension pages.
   */
  readonly clientSecret: string | readonly string[]
  /** The app's callback address, exactly as registered in the Developer Hub: https, or http on localhost. */
  readonly redirectUri: string
  /**
   * The secrets that seal records and cookies, at least 32 random characters each: the first seals, each of them opens. A
   * function asks a key service: once, and again when a record was sealed with an unknown secret, at most once a minute.
   */
  readonly secrets: Secrets
  /** Keeps the installations. Default: `memoryStore()`, which a restart empties. */
  readonly store?: TokenStore | undefined
  /**
   * Scopes that the app relies on. `describe()` and an event report those that a user has not granted. Default: none.
   */
  readonly scopes?: readonly string[] | undefined
  /** Other servers than Pipedrive's own, for a fake or a proxy. Default: Pipedrive's. */
  readonly endpoints?: EndpointOptions | undefined
  /** Durations and limits that differ from the defaults. `Policy` describes each. Default: the defaults. */
  readonly policy?: { readonly [Name in keyof Policy]?: Policy[Name] | undefined } | undefined
  /** Sends every request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Tells the time: an object with `now()`, or a function that returns epoch milliseconds. Default: `Date`. */
  readonly clock?: Clock | (() => number) | undefined
  /** Returns random bytes. Default: `crypto.getRandomValues`. */
  readonly random?: Random | undefined
  /**
   * Where failures are told, one line each: every answer of 5xx, every refused callback and every fault in the background; and
   * uninstalls, as `info`.
   * False: nowhere. Default: `console`.
   */
  readonly logger?: Logger | false | undefined
  /** Is called for every event, as a listener of `subscribe()` is. Nothing waits for it; the logger gets what it throws. */
  readonly onEvent?: OAuthEventListener | undefined
  /**
   * Keeps background work alive on runtimes that stop after the response, such as `(work) => ctx.waitUntil(work)`. The logger
   * gets what it throws. Default: none.
   */
  readonly waitUntil?: WaitUntil | undefined
}

/** Other servers than Pipedrive's own. */
export interface EndpointOptions {
  /** The origin of the token endpoint. Default: `https://oauth.pipedrive.com`. */
  readonly oauth?: string | undefined
  /**
   * One more origin, besides Pipedrive's, that is accepted as `api_domain` and may receive access tokens. Default:
   * none.
   */
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
  logger: true,
  onEvent: true,
  waitUntil: true,
}

const knownEndpoints: Record<keyof EndpointOptions, true> = { oauth: true, api: true }

/**
 * Checks the options, removes white space around texts and fills in the defaults. `events` receives what `settings.emit` reports.
 * @throws {ConfigurationError} `invalid_configuration`; it names every problem and repeats no secret
 */
export function resolveOptions(given: PipedriveOAuthOptions): { settings: Settings; events: EventHub } {
  const options = trimmed(given)
  const policy = { ...defaultPolicy, ...withoutUndefined(options?.policy) } as Policy
  const problems = [...optionProblems(options), ...policyProblems(policy)]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const clock = fullClock(options.clock)
  const now = () => clock.now()
  const { logger = consoleLogger } = options
  const { oauth = defaultOAuthOrigin, api } = options.endpoints ?? {}
  const oauthOrigin = new URL(oauth).origin
  const log = new Log(logger, now, oauthOrigin)
  const events = new EventHub(now, log)
  if (options.onEvent !== undefined) events.subscribe(options.onEvent)
  const random = options.random ?? webCryptoRandom
  const clientSecrets = secretsOf(options.clientSecret)
  const [high = 0, low = 0] = random(2)
  const settings: Settings = {
    clientId: options.clientId,
    clientSecrets,
    redirectUri: options.redirectUri,
    secrets: new SecretSource(options.secrets, clientSecrets, clock, policy.storeTimeoutMs),
    store: options.store ?? memoryStore(),
    scopes: options.scopes ?? [],
    oauthOrigin,
    apiOrigin: api === undefined ? undefined : new URL(api).origin,
    policy,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock,
    random,
    process: (high * 256 + low) % 1_296,
    emit: events.emit,
    serverClock: new ServerClock(policy.clockSkewMs, log),
    log,
    logger,
    waitUntil: guardedWaitUntil(log, options.waitUntil),
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
      [
        !isToken(clientId),
        `clientId must be the client id from the Developer Hub${visible}${unset(clientId)}`,
      ],
      [
        !isListOf(secretsOf(clientSecret), isToken),
        `clientSecret must be the client secret from the Developer Hub, or an array of them, the current one first${visible}${unset(clientSecret)}`,
      ],
      [
        !isWebAddress(redirectUri),
        `redirectUri must be the callback address as registered: an https address, or http on localhost, without a fragment${unset(redirectUri)}`,
      ],
      [
        isWebAddress(redirectUri) && new URL(redirectUri).pathname.startsWith('//'),
        'redirectUri must have a single slash after the host: as links to the other routes are made from its path, ' +
          'they would lead to another host',
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
      [
        options.logger !== undefined && options.logger !== false && !isLogger(options.logger),
        'logger must have the methods error and warn, or be false',
      ],
      [!isOptionalFunction(options.onEvent), 'onEvent must be a function'],
      [!isOptionalFunction(options.waitUntil), 'waitUntil must be a function'],
    ),
    ...(typeof secrets === 'function' ? [] : secretProblems(secrets, [secretsOf(clientSecret)].flat())),
  ]
}

function originProblem(name: keyof EndpointOptions): string {
  return `endpoints.${name} must be an origin such as https://oauth.pipedrive.com: https, or http on localhost, no path`
}

function secretsOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

/** Options in which white space means nothing: a line break at the end of a file often gets into them. */
const trimmedOptions = ['clientId', 'clientSecret', 'redirectUri', 'secrets', 'scopes', 'endpoints'] as const

function trimmed(options: PipedriveOAuthOptions): PipedriveOAuthOptions {
  if (typeof options !== 'object' || options === null) return options
  const entries = trimmedOptions
    .filter((name) => name in options)
    .map((name) => [name, trimmedValue(options[name])])
  return { ...options, ...Object.fromEntries(entries) }
}

/** Trims a text, the texts of a list, and those of an object. */
function trimmedValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return trimmedText(trimmedEach(value))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, trimmedText(each)]))
}

function trimmedText(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() : value
}

const visible = '; visible ASCII characters without spaces'

function isToken(value: unknown): value is string {
  return readTokenText(value) !== undefined
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem)
}

function isStore(value: unknown): boolean {
  const store = value as Partial<TokenStore> | null
  return typeof store?.get === 'function' && typeof store.compareAndSet === 'function'
}

function isOptionalOrigin(value: unknown): boolean {
  return value === undefined || isOrigin(value)
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === 'function'
}

function isOptionalClock(value: unknown): boolean {
  return isOptionalFunction(value) || typeof (value as Partial<Clock> | null)?.now === 'function'
}
