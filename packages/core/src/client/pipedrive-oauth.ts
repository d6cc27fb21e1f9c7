/// <reference lib="esnext.disposable" preserve="true" />
import { installationIdOf, isInstallationId, type Account, type InstallationId } from '../machine/account.ts'
import type { Policy } from '../machine/policy.ts'
import type { BearerToken } from '../machine/tokens.ts'
import type { SharingNotice } from '../protocol/app-notice.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { ApiAccess } from './api/api-access.ts'
import { GivenToken, type GivenAccessToken } from './api/given-token.ts'
import type { AuthorizationRequest, AuthorizeOptions } from './connect/consent.ts'
import type { Connections } from './connect/connections.ts'
import type { ExtensionTokens, ExtensionUser } from './connect/extension-tokens.ts'
import type { AdoptOptions, StoredGrant } from './connect/grants.ts'
import { Notices, type UninstallResult } from './connect/notices.ts'
import type { ReconnectLinkOptions } from './connect/reconnect-links.ts'
import { Sessions } from './connect/sessions.ts'
import type { Adoption, CallbackAnswer, CallbackResult, Connected } from './connected.ts'
import type { Health, HealthOptions } from './health.ts'
import { Installation, type InstallationOptions, type InstallationParts } from './installation.ts'
import type { InstallationsOptions, ListedInstallation } from './listed-installations.ts'
import { resolveOptions, type PipedriveOAuthOptions } from './options.ts'
import { Driver } from './records/driver.ts'
import { Records } from './records/records.ts'
import type { ResealOptions, ResealReport } from './records/reseal.ts'
import { Sealer } from './records/sealer.ts'
import type { StoreCheck, StoreCheckOptions } from './records/store-check.ts'
import {
  aFunction,
  aText,
  checkArgument,
  checkOptions,
  jwtSecrets,
  yesOrNo,
} from './runtime/check-options.ts'
import type { EventHub } from './runtime/event-hub.ts'
import { lazyPart, planLoadingAllParts } from './runtime/lazy-part.ts'
import type { Logger } from './runtime/logger.ts'
import type { OAuthEventListener } from './runtime/oauth-event.ts'
import { Refusals } from './runtime/refusals.ts'
import { trimmedEach } from './runtime/secret-source.ts'
import { frameAncestorsOf, type Settings } from './runtime/settings.ts'
import { AccessTokens } from './tokens/access-tokens.ts'
import type { ClientCheck } from './tokens/client-check.ts'
import { Flights } from './tokens/flights.ts'
import type { KeepAliveOptions } from './tokens/keep-alive.ts'
import type { KeepAliveReport } from './tokens/keep-alive-report.ts'
import { Refreshes } from './tokens/refreshes.ts'
import { TokenEndpoint } from './tokens/token-endpoint.ts'

const connections = lazyPart('connecting users', () => import('./connect/connections.ts'))
const extensionTokens = lazyPart('extension tokens', () => import('./connect/extension-tokens.ts'))
const upkeep = lazyPart('keepAlive(), reseal(), health(), lists and checks', () => import('./upkeep.ts'))

interface CallbackOptions {
  readonly acceptMissingState?: boolean | undefined
}

/**
 * Holds the Pipedrive installations of one app. Make one client per process (or per environment, on edge runtimes) and
 * share it. Any number of processes may use one store.
 *
 * Methods throw, or reject with, an `InvalidArgumentError` for arguments that they cannot use, options that they do not know
 * included. Besides that and the errors that they name, methods that return a promise may reject with a `ConfigurationError`: `code_missing`, if
 * the files of this library were replaced while the process ran; `invalid_configuration`, if the key service gives secrets
 * that cannot be used; and what the store throws, such as one for a missing table.
 *
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 *
 * const oauth = new PipedriveOAuth({
 *   clientId: 'from the Developer Hub',
 *   clientSecret: 'from the Developer Hub',
 *   redirectUri: 'https://app.example.com/pipedrive/callback',
 *   secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
 * })
 * const deals = await oauth.installation('123:456').api('/api/v2/deals')
 * ```
 */
export class PipedriveOAuth implements AsyncDisposable {
  /** Tells the log and the listeners of requests that were refused. For adapters; `createWebAuth` uses it. */
  readonly refusals: Refusals
  readonly #settings: Settings
  readonly #events: EventHub
  readonly #refreshes: Refreshes
  readonly #tokens: AccessTokens
  readonly #endpoint: TokenEndpoint
  readonly #parts: InstallationParts
  readonly #notices: Notices
  readonly #cookies: Sealer
  readonly #sessions: Sessions
  #connections: Connections | undefined
  #extensionTokens: ExtensionTokens | undefined

  /** @throws {ConfigurationError} `invalid_configuration`; it names every problem at once */
  constructor(options: PipedriveOAuthOptions) {
    const { settings, events } = resolveOptions(options)
    const { secrets, clock, policy } = settings
    const endpoint = new TokenEndpoint(settings)
    const sealer = new Sealer(secrets, 'records', true)
    sealer.prepare()
    const records = new Records(settings, sealer)
    settings.log.referenceOf = (id) =>
      isInstallationId(id) ? records.remembered(id)?.state?.reference : undefined
    const driver = new Driver(settings, records)
    this.#refreshes = new Refreshes(settings, driver, records, endpoint)
    this.#tokens = new AccessTokens(settings, driver, this.#refreshes, records)
    const { origin } = new URL(settings.redirectUri)
    // Staging and production with the same secrets must not accept each other's cookies.
    this.#cookies = new Sealer(secrets, `cookies ${settings.clientId} ${origin}`)
    this.#settings = settings
    this.#events = events
    this.refusals = new Refusals(settings)
    this.#endpoint = endpoint
    const flights = new Flights<BearerToken>(clock, policy.leaseMs)
    this.#parts = { settings, records, driver, tokens: this.#tokens, endpoint, flights }
    this.#notices = new Notices(settings, driver, this.#tokens)
    this.#sessions = new Sessions({ ...this.#parts, cookies: this.#cookies })
    planLoadingAllParts()
  }

  /** The app's client id, as configured. */
  get clientId(): string {
    return this.#settings.clientId
  }

  /** The logger that the options gave; false: none. */
  get logger(): Logger | false {
    return this.#settings.logger
  }

  /** The app's callback address, as configured. */
  get redirectUri(): string {
    return this.#settings.redirectUri
  }

  /**
   * The origins whose pages may frame the pages of this app, for `frame-ancestors` in a Content-Security-Policy: Pipedrive's,
   * and those of `endpoints`.
   */
  get frameAncestors(): readonly string[] {
    return frameAncestorsOf(this.#settings)
  }

  /** Every duration and limit of this client, defaults included. */
  get policy(): Policy {
    return this.#settings.policy
  }

  /**
   * Returns the address of the consent page, and a sealed attempt to keep in a cookie until the user comes back.
   * `returnTo` is a path of this application, at most 1 200 bytes long in UTF-8; `callback()` returns it. Default: `/`.
   *
   * @throws {ForbiddenRequestError} `foreign_return_to`, if `returnTo` is no such path
   * @throws {InvalidArgumentError} `invalid_argument`, if `reference` or `expect` is malformed
   * @throws {StoreError} `secrets_unavailable`
   * @see [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.1)
   */
  async authorize(options: AuthorizeOptions = {}): Promise<AuthorizationRequest> {
    const { consent } = await this.#connecting()
    return consent.begin(options)
  }

  /**
   * Stores the installation of a user who comes back from the consent page. `url` is the address that the user came
   * back to; `attempt` is the sealed attempt from the cookie. A repeat of the same callback gives the same result until
   * the attempt expires, if it has a `state` and either reaches the same process or brings the attempt of the first
   * result.
   *
   * `acceptMissingState` also accepts a callback without `state`, which this application did not start (Pipedrive's
   * Marketplace). An attacker can make a user's browser send one that connects the attacker's account. Consider what
   * your session does with the result. Default: false.
   *
   * @throws {CallbackError} `state_mismatch`, `access_denied`, `attempt_expired`, `invalid_callback`, `code_refused`,
   * `unexpected_account`
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
   * `request_rejected`, `client_rejected`, `identity_unavailable`; the callback may be repeated
   * @throws {StoreError} `store_unavailable`, `secrets_unavailable`; the callback may be repeated in this process
   */
  async callback(
    url: string | URL,
    attempt: string | undefined,
    options: CallbackOptions = {},
  ): Promise<CallbackResult> {
    const answer = await this.#answer('callback()', url, attempt, options, false)
    if (answer.type !== 'connected') throw answer.error
    return answer.result
  }

  /**
   * Does the same as `callback()`, for a web flow: returns the error and what to keep in the cookie. If the answer comes to an
   * attempt that is over (another code came to it before, the user refused, or it expired), a new attempt has begun with
   * the same `returnTo`, `reference` and `expect`: send the user to its `request.url`. This happens once. A state serves
   * one code, so no second one is sent to Pipedrive.
   *
   * @throws what is no error of this library
   */
  answerCallback(
    url: string | URL,
    attempt: string | undefined,
    options: CallbackOptions = {},
  ): Promise<CallbackAnswer> {
    return this.#answer('answerCallback()', url, attempt, options, true)
  }

  /**
   * Returns whether one of these sealed attempts has connected within the last `withinMs` milliseconds, more than 0. For a web
   * flow: such a browser should have a session.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, if `withinMs` is malformed
   * @throws {StoreError} `secrets_unavailable`
   */
  async hasConnected(attempts: readonly string[], withinMs: number): Promise<boolean> {
    const { consent } = await this.#connecting()
    return consent.hasConnected(attempts, withinMs)
  }

  /**
   * Stores tokens obtained elsewhere. `tokens` is a token response as Pipedrive gave it (`access_token`,
   * `refresh_token`, …), or a refresh token alone (`{ refreshToken }`), which is refreshed at once. Stored tokens stay
   * if they are as new or newer, or if `obtainedAt` is unknown, so an import may run twice. In the same way a grant that has
   * ended stays ended, unless Pipedrive was asked and accepted the tokens. With `replace`, nothing stays. A repeat in the same
   * process continues where the first call failed. Calls with one refresh token at the same time share its refresh.
   *
   * Without `account`, Pipedrive is asked who the access token belongs to, so one that has expired is refreshed first. An access
   * token whose expiry is unknown (no `obtainedAt`, no usable `expires_in`) counts as expired once it is stored. With `verify`,
   * Pipedrive is asked in any case, and tokens of another account than `account` are refused.
   *
   * @throws {TokenEndpointError} `malformed_response`, also if `tokens` is anything else; `token_endpoint_unavailable`,
   * `token_endpoint_timeout`, `request_rejected`, `client_rejected`, `identity_unavailable`, if Pipedrive has to be
   * asked
   * @throws {ReauthorizationRequiredError} `reauthorization_required`, if Pipedrive refuses the refresh token
   * @throws {InvalidArgumentError} `invalid_argument`, if `obtainedAt` or `account` is not usable, or with `verify` not the
   * account of the tokens: `installationId` is that of the tokens' account. If a refresh has replaced their refresh token, they
   * are stored for that account, without `reference` and `replace`.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async adopt(tokens: unknown, options: AdoptOptions = {}): Promise<Adoption> {
    const { grants } = await this.#connecting()
    const { account, outcome } = await grants.adopt(tokens, options)
    return { installation: this.installation(account), account, outcome }
  }

  /**
   * Exchanges a legacy API token for OAuth tokens and stores the installation. Pipedrive accepts each API token once. A
   * repeat in the same process continues where the first call failed, and calls at the same time share one exchange.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, if `apiToken` is not visible ASCII
   * @throws {ReauthorizationRequiredError} `reauthorization_required`, if Pipedrive refuses the API token
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
   * `request_rejected`, `client_rejected`, `identity_unavailable`
   * @throws {StoreError} `store_unavailable`, `secrets_unavailable`
   */
  async exchangeApiToken(apiToken: string): Promise<Connected> {
    const { grants } = await this.#connecting()
    return this.#connected(await grants.exchangeApiToken(apiToken))
  }

  /**
   * Deletes the installation that an uninstall notice names: the `DELETE` that Pipedrive sends to the callback address
   * when a user removes the app.
   *
   * @throws {ForbiddenRequestError} `bad_credentials`; `malformed_notice`, also if its body does not arrive within 10 seconds
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   * @see [Pipedrive: app uninstallation](https://pipedrive.readme.io/docs/app-uninstallation)
   */
  handleUninstall(request: Request): Promise<UninstallResult> {
    return this.#notices.uninstall(request)
  }

  /**
   * Emits `sharing_changed` for a legacy sharing notice, a `POST` to the callback address, and returns the notice. Emits
   * nothing if there is no such installation: Pipedrive does not sign these notices. Changes no installation.
   * @throws {ForbiddenRequestError} `malformed_notice`, also if its body does not arrive within 10 seconds
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  handleSharing(request: Request): Promise<SharingNotice> {
    return this.#notices.sharing(request)
  }

  /**
   * Verifies the signed token of an extension page (`?token=`) and returns the user who looks at the page. `secrets`:
   * the extensions' own JWT secrets. Default: the client secrets. Allows for `policy.clockSkewMs` at both ends of the token's
   * time.
   * @throws {ForbiddenRequestError} `bad_signature`; `extension_token_expired`, if the signature is right and the time is over
   */
  async verifyExtensionToken(
    jwt: string,
    options: { readonly secrets?: readonly string[] | undefined } = {},
  ): Promise<ExtensionUser> {
    checkOptions('verifyExtensionToken()', options, { secrets: jwtSecrets })
    const { clientSecrets, clock, policy } = this.#settings
    const time = { now: clock.now(), skewMs: policy.clockSkewMs }
    const { ExtensionTokens } = await extensionTokens()
    this.#extensionTokens ??= new ExtensionTokens()
    return this.#extensionTokens.verify(jwt, trimmedEach(options.secrets ?? clientSecrets), time)
  }

  /**
   * Refreshes the installations whose refresh token expires soon: by default within 15 days, of 60. Run it daily, in any
   * number of processes; each installation is refreshed once. It works until nothing is due. What cannot be refreshed is
   * passed by and reported. A 429 pauses the run for as long as Pipedrive asks. The run ends early at `signal`, when every
   * request fails for `policy.maximumCooldownMs`, or when Pipedrive asks to wait for more than 10 minutes; the report says
   * so, with what is left.
   *
   * If very many installations will be due in the same days of the next month, each run takes a part of them, if the store
   * has `count`. Also deletes the records whose grant has been dead for `policy.forgetAfterMs`, if the store has `list`.
   *
   * @throws {ConfigurationError} `unsupported_by_store`, if the store has no `due`
   * @throws {InvalidArgumentError} `invalid_argument`, for unusable options
   * @throws {StoreError} `store_unavailable`, if the store does not answer at the beginning
   */
  async keepAlive(options: KeepAliveOptions = {}): Promise<KeepAliveReport> {
    const { keepAlive } = await upkeep()
    return keepAlive(this.#tokens, this.#endpoint, this.#settings, options)
  }

  /**
   * Lists installations: all, those of one company, or those that somebody should look at. Reads their records one after
   * another.
   * @throws {ConfigurationError} `unsupported_by_store`, if the store has no `list`
   * @throws {InvalidArgumentError} when `companyId` is not a positive whole number
   * @throws {StoreError} `store_unavailable`, `secrets_unavailable`
   */
  async *installations(options: InstallationsOptions = {}): AsyncGenerator<ListedInstallation> {
    const { listedInstallations } = await upkeep()
    yield* listedInstallations(this.#settings, (id) => this.installation(id).describe(), options)
  }

  /**
   * Seals every record that is sealed with an older secret with the first of `secrets`, and reports how many. Run it when
   * every process has the new secret in front. If none failed, the records no longer need the older secrets. With `limit`,
   * a run looks at so many records, and the next one goes on at the `cursor` of its report, as where a platform limits the
   * requests of one invocation. `reseal()` cannot reach what is with the users: sessions (30 days, or `sessionMs`), reconnect links (7 days, or
   * their `lifetimeMs`) and attempts to connect (`policy.consentTimeoutMs`). Keep the older secrets for as long as the longest
   * of these lasts; a session whose secret is removed earlier ends. `reseal()` may run while other processes work, be
   * interrupted and be run again.
   *
   * @throws {ConfigurationError} `unsupported_by_store`, if the store has no `list`
   * @throws {InvalidArgumentError} `invalid_argument`, for unusable options
   * @throws {StoreError} `store_unavailable`, `secrets_unavailable`
   * @throws the reason of `signal`
   * @example
   * ```ts
   * const { failures } = await oauth.reseal()
   * for (const { id, code } of failures) console.error(id, code)
   * ```
   */
  async reseal(options: ResealOptions = {}): Promise<ResealReport> {
    const { reseal } = await upkeep()
    return reseal(this.#parts.records, this.#settings, options)
  }

  /**
   * Reads from the store once and returns how long that took, which optional methods the store has, and what endangers its
   * records (`findings`): a Redis that deletes them when its memory is full, for example. With `write`, it also checks that
   * `compareAndSet` compares before it writes. Of the optional methods, it calls only `check`. For health checks and
   * set-up.
   *
   * @throws {StoreError} `store_unavailable`
   * @throws {ConfigurationError} `unsupported_by_store`, only with `write`; it names every broken rule of `get` and
   * `compareAndSet` that it found
   */
  async checkStore(options: StoreCheckOptions = {}): Promise<StoreCheck> {
    const { checkStore } = await upkeep()
    return checkStore(this.#settings, options)
  }

  /**
   * Returns API calls with an access token obtained elsewhere. The token is never stored and never refreshed; the
   * caller receives a 401 as it is. The token goes to Pipedrive's hosts and `endpoints.api` only.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, if `accessToken` or `apiDomain` is not usable
   */
  withAccessToken(given: GivenAccessToken): ApiAccess {
    return new GivenToken(given, this.#settings)
  }

  /**
   * Resolves to the health of this process and its store, for probes: whether the store answers and tells of changes, unsaved tokens,
   * refreshes that are overdue, installations that need attention, and the clock. Asks the store short questions only and Pipedrive
   * none, and never takes longer than `timeoutMs`. Does not reject for what it finds.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, for unusable options
   */
  async health(options: HealthOptions = {}): Promise<Health> {
    const { health } = await upkeep()
    const own = { unsaved: this.#refreshes.unsavedCount, watch: this.#parts.records.watchReport() }
    return health(this.#settings, own, options)
  }

  /**
   * Resolves if Pipedrive accepts `clientId` and `clientSecret`. Sends a refresh with a made-up token, so no real token
   * is used. For health checks and set-up.
   *
   * @throws {TokenEndpointError} `client_rejected`, if Pipedrive rejects them; `token_endpoint_unavailable`,
   * `token_endpoint_timeout`, `malformed_response`, `request_rejected`, if that remains unknown
   */
  async checkClient(): Promise<ClientCheck> {
    const { checkClient } = await upkeep()
    return checkClient(this.#endpoint, this.#settings)
  }

  /**
   * Returns a handle on one installation, by its id `${companyId}:${userId}` or by the two ids. Reads nothing: the
   * first use of the handle shows whether there is such an installation.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, if the id is malformed
   */
  installation(
    which: InstallationId | (string & {}) | Pick<Account, 'companyId' | 'userId'>,
    options: InstallationOptions = {},
  ): Installation {
    const id: unknown = typeof which === 'object' && which !== null ? installationIdOf(which) : which
    if (!isInstallationId(id))
      throw new InvalidArgumentError('installation()', [
        'the id must be two positive whole numbers, company and user, joined by a colon, such as 123:456',
      ])
    checkOptions('installation()', options, { waitUntil: aFunction })
    return new Installation(id, this.#parts, options)
  }

  /**
   * Calls the listener for every event from now on, and returns a function that removes it. Nothing waits for the
   * listener; the logger gets what it throws.
   *
   * @example
   * ```ts
   * const end = oauth.subscribe((event) => console.log(event.type))
   * end()
   * ```
   */
  subscribe(listener: OAuthEventListener): () => void {
    checkArgument('subscribe()', 'listener', listener, aFunction)
    return this.#events.subscribe(listener)
  }

  /**
   * Returns a sealed value for a cookie, which tells which installation a browser belongs to. It expires after `lifetimeMs`
   * milliseconds, more than 0. It counts from now on, also right after `endSessions()`. Reads the record; without
   * one the value never counts. `sessions`: `CallbackAnswer.sessions`, for a callback that a browser may repeat: then the value counts as
   * long as a session that was issued when it was answered first, and the record is not read.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, if the id, `lifetimeMs` or `sessions` is malformed
   * @throws {StoreError} `store_unavailable`, if memory does not have the record either; `unreadable_record`, `unknown_key`,
   * `secrets_unavailable`
   */
  async issueSession(
    id: InstallationId,
    lifetimeMs: number,
    options: { readonly sessions?: string | undefined } = {},
  ): Promise<string> {
    checkOptions('issueSession()', options, { sessions: aText })
    return this.#sessions.issue(this.installation(id).id, lifetimeMs, options.sessions)
  }

  /**
   * Returns the installation of a value from `issueSession()`. Undefined: it has expired, was not sealed with `secrets` for
   * this app, was issued in the future, or has ended: the installation is gone, its grant was dead in between, or
   * `endSessions()` was called. Reads the record, from memory where that can answer.
   *
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  readSession(sealed: string): Promise<InstallationId | undefined> {
    return this.#sessions.installationOf(sealed)
  }

  /**
   * Ends every session of this installation that was issued before, in all browsers and whatever the clocks showed. The
   * installation stays, and the user connects again to sign in; `issueSession()` afterwards keeps this browser signed in. Resolves to whether there is such an installation.
   *
   * @throws {InvalidArgumentError} when the id is malformed
   * @throws {TokenEndpointError} `client_rejected`, if the installation belongs to another client id
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async endSessions(id: InstallationId): Promise<boolean> {
    return this.#sessions.end(this.installation(id).id)
  }

  /**
   * Returns an address to send to a user who has to connect again. It leads to the consent page, and only the same account
   * can come back. It is dead once the account has connected again, and after `lifetimeMs`.
   *
   * @throws {ReauthorizationRequiredError} `not_installed`
   * @throws {InvalidArgumentError} when the id or `lifetimeMs` is malformed
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async reconnectLink(id: InstallationId, options: ReconnectLinkOptions = {}): Promise<string> {
    const { reconnectLinks } = await this.#connecting()
    return reconnectLinks.issue(this.installation(id).id, options)
  }

  /**
   * Returns the installation of the `reconnect` parameter of such an address. The web flow does this by itself.
   *
   * @throws {CallbackError} `link_expired`
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async readReconnectLink(sealed: string): Promise<InstallationId> {
    const { reconnectLinks } = await this.#connecting()
    return reconnectLinks.read(sealed)
  }

  /**
   * Resolves when every refresh that this process started is saved, or saving it has been given up. For an orderly
   * shutdown.
   */
  settled(): Promise<void> {
    return this.#refreshes.settled()
  }

  /**
   * Waits for `settled()` and closes the watch on the store, at the end of the block of
   * `await using oauth = new PipedriveOAuth(…)`.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled()
    await this.#parts.records.close()
  }

  async #answer(
    call: string,
    url: string | URL,
    attempt: string | undefined,
    options: CallbackOptions,
    beginsAgain: boolean,
  ): Promise<CallbackAnswer> {
    checkOptions(call, options, { acceptMissingState: yesOrNo })
    const { consent } = await this.#connecting()
    const answer = await consent.finish(url, attempt, {
      acceptsMissingState: options.acceptMissingState === true,
      beginsAgain,
    })
    if (answer.type !== 'connected') return answer
    const { returnTo, reference } = answer.outcome
    const named = reference === undefined ? {} : { reference }
    const result = { ...this.#connected(answer.outcome), returnTo, ...named, attempt: answer.attempt }
    return { type: 'connected', result, sessions: answer.sessions, attempt: answer.attempt }
  }

  #connected({ account, outcome }: StoredGrant): Connected {
    return { installation: this.installation(account), account, firstTime: outcome === 'created' }
  }

  async #connecting(): Promise<Connections> {
    if (this.#connections !== undefined) return this.#connections
    const { Connections } = await connections()
    // Two calls may have waited for it, and what a client remembers of attempts must be in one place.
    this.#connections ??= new Connections({ ...this.#parts, cookies: this.#cookies })
    return this.#connections
  }
}
