import type { InstallationId } from '../machine/account.ts'
import { isJustInstalled } from '../machine/installation/believable.ts'
import { tokensOf } from '../machine/installation/state.ts'
import type { History } from '../machine/history.ts'
import type { BearerToken } from '../machine/tokens.ts'
import { missingScopes } from '../protocol/scope.ts'
import type { TokenHint } from '../protocol/token-request.ts'
import { ReauthorizationRequiredError, TokenEndpointError } from '../errors.ts'
import type { ApiAccess, SdkApiClass, SdkConfiguration, WaitOptions } from './api/api-access.ts'
import type { ApiClient } from './api/api-client.ts'
import { apiFetch } from './api/api-fetch.ts'
import { lazyApi } from './api/lazy-api.ts'
import { pages, type Page, type PagesOptions } from './api/pages.ts'
import { sdkApi, sdkVersion } from './api/sdk-api.ts'
import { trustedBearer } from './api/trusted-bearer.ts'
import { wrongWait } from './api/wrong-wait.ts'
import { describe, type InstallationDescription } from './description.ts'
import type { Driver, JustRead } from './records/driver.ts'
import { expectOwn } from './records/foreign-record.ts'
import type { Records } from './records/records.ts'
import { ofApp } from './runtime/app-of-error.ts'
import { checkArgument, scopeNames } from './runtime/check-options.ts'
import { guardedWaitUntil } from './runtime/guarded.ts'
import type { Settings, WaitUntil } from './runtime/settings.ts'
import type { AccessTokens } from './tokens/access-tokens.ts'
import type { Flights, Patience } from './tokens/flights.ts'
import type { TokenEndpoint } from './tokens/token-endpoint.ts'

/** The options of a handle on one installation. */
export interface InstallationOptions {
  /**
   * Keeps alive the work that this handle starts: the `waitUntil` of the current request, on runtimes that stop work
   * with its request. It is called in addition to the client's own. The logger gets what it throws. Default: none.
   */
  readonly waitUntil?: WaitUntil | undefined
}

/** The parts that all handles of one client share. */
export interface InstallationParts {
  readonly settings: Settings
  readonly records: Records
  readonly driver: Driver
  readonly tokens: AccessTokens
  readonly endpoint: TokenEndpoint
  readonly flights: Flights<BearerToken>
}

/**
 * A handle on one installation: one user in one company. Making a handle sends nothing and reads nothing. If there is
 * no such installation, its methods reject with `not_installed`; but `describe()` and `history()` resolve to undefined,
 * `forget()` to false, and `uninstall()` does nothing. Besides the errors that they name, its methods may reject with an
 * `InvalidArgumentError` and a `ConfigurationError`, as those of `PipedriveOAuth`.
 *
 * @example
 * ```ts
 * const installation = oauth.installation('123:456')
 * const { data } = await installation.api<{ data: { id: number; title: string }[] }>('/api/v2/deals')
 * ```
 */
export class Installation implements ApiAccess {
  readonly id: InstallationId
  readonly #parts: InstallationParts
  readonly #options: InstallationOptions
  #fetch: typeof globalThis.fetch | undefined
  #api: ApiClient | undefined

  constructor(id: InstallationId, parts: InstallationParts, options: InstallationOptions = {}) {
    this.id = id
    this.#parts = parts
    this.#options = { waitUntil: guardedWaitUntil(parts.settings.log, options.waitUntil) }
  }

  /**
   * Sends a request to Pipedrive's API, as `fetch` does, with the access token. Relative addresses go to the
   * installation's own API domain. After a 401, the token is refreshed and the request is sent once more. After a 429
   * of the burst limit, it waits and sends the request again, for at most `policy.rateLimitWaitMs` in all; a 429 of the
   * daily budget is returned at once. A request whose body is a stream is sent only once.
   *
   * A redirect to another host is followed if the request is a GET or HEAD, without the token and with the headers `accept`,
   * `accept-language` and `range` only; its 401 or 429 is returned as it is. Any other redirect to another host, and one to
   * http or another scheme, is returned as it is.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, for an address or a body that `fetch` would send as `[object Object]`
   * @throws {ForbiddenRequestError} `foreign_origin`, for an address outside of the installation's API domain
   * @throws {TypeError} after more than 5 redirects, or for the first one with `redirect: 'error'`
   * @throws what the client's `fetch` throws
   * @throws as `accessToken()`
   */
  get fetch(): typeof globalThis.fetch {
    const { fetch: send, clock, emit, policy } = this.#parts.settings
    this.#fetch ??= apiFetch({
      send,
      clock,
      emit,
      installationId: this.id,
      maxWaitMs: policy.rateLimitWaitMs,
      token: (signal) => this.#bearer(undefined, signal && { signal }),
      another: (rejected, signal) => this.#bearer(rejected, signal && { signal }),
    })
    return this.#fetch
  }

  /**
   * Sends a request through `fetch` above and returns its parsed JSON, as `ofetch` does.
   * @throws {ApiError} `api_unavailable`, if no answer came
   * @throws {FetchError} of `ofetch`, for a status of 400 or more, and if your `signal` ended the request
   * @throws the errors of this library as they are
   */
  get api(): ApiClient {
    this.#api ??= lazyApi(this.fetch)
    return this.#api
  }

  /**
   * Yields page after page of a list, each as Pipedrive answered it, by the cursors of version 2 and by `start` of version 1.
   * Each request is sent as by `api`, so expired tokens and the burst limit need no care.
   *
   * @throws {InvalidArgumentError} `invalid_argument`, if `limit` is not a whole number of at least 1
   * @throws {ApiError} `api_unavailable`, also for an answer that is not a page, such as HTML
   * @throws {TypeError} if Pipedrive names a page again, or does not say where the next one begins
   * @throws as `api`
   * @see [Pipedrive: pagination](https://pipedrive.readme.io/docs/core-api-concepts-pagination)
   * @example
   * ```ts
   * type Deal = { id: number; title: string }
   * for await (const { data } of installation.pages<Deal>('/api/v2/deals', { limit: 500 }))
   *   for (const deal of data) console.log(deal.title)
   * ```
   */
  pages<Item = unknown>(path: string, options?: PagesOptions): AsyncGenerator<Page<Item>> {
    return pages<Item>(this.api, path, options, this.id)
  }

  /**
   * Resolves to an access token that is valid for at least `policy.minimumValidityMs`, and refreshes it first if it has
   * less left. If even a new token lives shorter than that, it resolves to the new token. Concurrent callers share one
   * refresh, in this process and in all others over the same store.
   *
   * @throws {ReauthorizationRequiredError} `not_installed`, `reauthorization_required`
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
   * `request_rejected`, `client_rejected`; `refresh_pending` when `waitMs` is over
   * @throws {StoreError} `store_unavailable`, if no valid token is in memory; `unreadable_record`, `unknown_key`, `secrets_unavailable`
   * @throws the reason of `signal`
   */
  accessToken(options?: WaitOptions): Promise<string> {
    const wrong = wrongWait('accessToken()', options)
    if (wrong !== undefined) return Promise.reject(wrong)
    const servable = this.#parts.records.servableToken(this.id)
    if (servable !== undefined && options?.signal?.aborted !== true) return servable
    return this.#deliver(undefined, options).then((delivered) => delivered.accessToken)
  }

  /**
   * Resolves if the user has granted these scopes. A `:full` scope includes the `:read` scope of the same name. Gets a
   * valid access token first.
   * @throws {ReauthorizationRequiredError} `scopes_missing`; its `missingScopes` names them
   * @throws as `accessToken()`
   */
  async requireScopes(scopes: readonly string[], options?: WaitOptions): Promise<void> {
    checkArgument('requireScopes()', 'scopes', scopes, scopeNames)
    await this.accessToken(options)
    const { records, driver, settings } = this.#parts
    const state = records.remembered(this.id)?.state ?? (await driver.current(this.id))
    const missing = missingScopes(scopes, tokensOf(state)?.scopes ?? [])
    if (state === undefined) throw this.#own(new ReauthorizationRequiredError('not_installed', this.id))
    if (missing.length === 0) return
    // Scopes belong to the app. If the last consent, a moment ago, did not grant them, the next one will not either.
    const consentMayHelp = !isJustInstalled(state, settings.clock.now(), settings.policy)
    const details = { missingScopes: missing, consentMayHelp }
    throw this.#own(new ReauthorizationRequiredError('scopes_missing', this.id, details))
  }

  /**
   * Resolves to an API object of the official SDK, made of a class that `pipedrive/v1` or `pipedrive/v2` exports. It asks for the
   * token at each request. After a 401, the token is refreshed and the request is sent once more, unless its body is a stream.
   * Emits an event for each request, as `fetch` does. Any other failure is what the SDK makes of it. The API domain is the current
   * one and does not follow a change, so do not keep the object for days.
   * @throws {InvalidArgumentError} `invalid_argument`, if it is no class of the SDK
   * @throws as `accessToken()`; so do the methods of the object
   * @example
   * ```ts
   * import { DealsApi } from 'pipedrive/v2'
   *
   * const deals = await installation.sdk('v2', DealsApi)
   * const { data } = await deals.getDeals({ limit: 10 })
   * ```
   */
  sdk<Api extends object>(version: 'v1' | 'v2', api: SdkApiClass<Api>): Promise<Api>
  /**
   * Resolves to the parameters of `new Configuration(...)` of the official SDK. An object that is made of them asks for the token
   * at each request, but neither refreshes after a 401 nor emits events.
   * @throws as `accessToken()`
   */
  sdk(version: 'v1' | 'v2'): Promise<SdkConfiguration>
  async sdk(version: 'v1' | 'v2', api?: SdkApiClass<object>): Promise<object> {
    checkArgument('sdk()', 'version', version, sdkVersion)
    const { apiDomain } = await this.#bearer(undefined, undefined)
    const configuration = { accessToken: () => this.accessToken(), basePath: `${apiDomain}/api/${version}` }
    if (api === undefined) return configuration
    const { clock, emit } = this.#parts.settings
    const another = (rejected: string) => this.#bearer(rejected, undefined)
    return sdkApi(api, { clock, emit, installationId: this.id, configuration, another })
  }

  /**
   * Reads the installation from the store and returns what may be shown of it. Undefined: not installed.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async describe(): Promise<InstallationDescription | undefined> {
    const state = await this.#parts.driver.current(this.id)
    return state && describe(this.id, state, this.#parts.settings)
  }

  /**
   * Replaces the access token, even if it is still valid. Concurrent callers that replace the same token share one
   * refresh.
   * @throws as `accessToken()`
   */
  async refresh(options?: WaitOptions): Promise<void> {
    const wrong = wrongWait('refresh()', options)
    if (wrong !== undefined) throw wrong
    const record = await this.#parts.driver.read(this.id)
    await this.#deliver(tokensOf(record?.state)?.accessToken, options, { record })
  }

  /**
   * Revokes the access token at Pipedrive. The installation stays, and the next call refreshes. If the process or the store
   * fails before that is stored, `accessToken()` may still return the revoked token: call this again. `fetch` and `api`
   * refresh after the API's 401.
   * @throws {ReauthorizationRequiredError} `not_installed`, `reauthorization_required`, if there is no access token
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `request_rejected`;
   * `client_rejected`, also if the installation belongs to another client id
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async revokeAccessToken(): Promise<void> {
    const { driver, settings, tokens } = this.#parts
    await tokens.saveUnsaved(this.id)
    const state = await driver.current(this.id)
    expectOwn(this.id, state, settings)
    const accessToken = tokensOf(state)?.accessToken
    if (accessToken === undefined)
      throw this.#own(
        new ReauthorizationRequiredError(state ? 'reauthorization_required' : 'not_installed', this.id),
      )
    await this.#revoke(accessToken, 'access_token')
    await driver.submitPersistently(this.id, (origin) => ({
      type: 'access_token_revoked',
      ...origin,
      accessToken,
    }))
  }

  /**
   * Ends the installation on both sides: revokes the refresh token at Pipedrive, then deletes the record. Does nothing
   * if there is no record. If the revocation fails, the record stays and you can call this again. If a refresh has
   * stored another refresh token meanwhile, that one is revoked last, after the record is deleted.
   *
   * Waits for no refresh. If Pipedrive replaces refresh tokens, which it does not today, and answers a refresh of another process
   * that has not stored the answer when the record is deleted, that refresh token is discarded but not revoked: it is in no
   * store, and expires after 60 days.
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `request_rejected`;
   * `client_rejected`, also if the installation belongs to another client id
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async uninstall(): Promise<void> {
    const { driver, settings, tokens } = this.#parts
    // The refresh token in the record may be spent, and only the unsaved one still lives.
    await tokens.saveUnsaved(this.id)
    const state = await driver.current(this.id)
    if (state === undefined) return
    expectOwn(this.id, state, settings)
    const refreshToken = tokensOf(state)?.refreshToken
    if (refreshToken !== undefined) await this.#revoke(refreshToken, 'refresh_token')
    const { grantId } = state
    const { before } = await driver.submitPersistently(this.id, (origin) => ({
      type: 'uninstalled',
      ...origin,
      by: 'app',
      grantId,
    }))
    // A refresh that finished meanwhile may have replaced the token that was revoked.
    const latest = before?.state?.grantId === grantId ? tokensOf(before.state)?.refreshToken : undefined
    if (latest !== undefined && latest !== refreshToken) await this.#revoke(latest, 'refresh_token')
  }

  /**
   * Resolves to the last changes of the installation, oldest first, at most `policy.historyEntries` of them. Runs of
   * routine refreshes are one entry. Undefined: there is no such installation.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`, `secrets_unavailable`
   */
  async history(): Promise<History | undefined> {
    const state = await this.#parts.driver.current(this.id)
    return state && (state.history ?? [])
  }

  /**
   * Deletes the record and asks Pipedrive for nothing: for a user whose data must be erased. The app stays installed at
   * Pipedrive. Resolves to whether there was a record. A record that cannot be opened is deleted, too.
   * @throws {TokenEndpointError} `client_rejected`, if the installation belongs to another client id
   * @throws {StoreError} `store_unavailable`, `secrets_unavailable`
   */
  async forget(): Promise<boolean> {
    const { driver, settings } = this.#parts
    const { before } = await driver.submitPersistently(
      this.id,
      (origin) => ({ type: 'forgotten', ...origin }),
      { toReplace: true },
    )
    expectOwn(this.id, before?.state, settings)
    return before !== undefined
  }

  async #revoke(token: string, hint: TokenHint): Promise<void> {
    const answer = await this.#parts.endpoint.revoke(token, hint)
    if (answer.type === 'failed')
      throw this.#own(new TokenEndpointError(answer.code, { ...answer, installationId: this.id }))
  }

  /** Returns the error, marked as one of this app. */
  #own<E>(error: E): E {
    return ofApp(error, this.#parts.settings)
  }

  /** Returns a token with the origin that it may be sent to. */
  async #bearer(rejected: string | undefined, options: WaitOptions | undefined): Promise<BearerToken> {
    return trustedBearer(await this.#deliver(rejected, options), this.id, this.#parts.settings)
  }

  #deliver(
    rejected: string | undefined,
    options: WaitOptions | undefined,
    justRead?: JustRead,
  ): Promise<BearerToken> {
    const { flights, records, settings, tokens } = this.#parts
    const servable = rejected === undefined ? records.servableBearer(this.id) : undefined
    if (servable !== undefined && options?.signal?.aborted !== true) return Promise.resolve(servable)
    const { waitMs = settings.policy.waitMs, signal } = options ?? {}
    const patience: Patience = { installationId: this.id, waitMs, signal }
    const key = rejected === undefined ? this.id : `${this.id} ${rejected}`
    const joined = flights.join(key, patience, (abandonment) => {
      const { waitUntil } = this.#options
      const delivered = tokens.get(this.id, rejected, abandonment, waitUntil, justRead)
      // Other requests may join, and still wait when the request that started this has ended.
      for (const keepAlive of [settings.waitUntil, waitUntil]) keepAlive?.(delivered.catch(() => {}))
      return delivered
    })
    return joined.catch((error: unknown) => {
      throw this.#own(error)
    })
  }
}
