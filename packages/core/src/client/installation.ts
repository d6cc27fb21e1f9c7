import type { $Fetch } from 'ofetch'
import type { InstallationId } from '../machine/account.ts'
import { tokensOf } from '../machine/installation/state.ts'
import type { BearerToken } from '../machine/tokens.ts'
import { missingScopes } from '../protocol/scope.ts'
import type { TokenHint } from '../protocol/token-request.ts'
import { ReauthorizationRequiredError, TokenEndpointError } from '../errors.ts'
import type { ApiAccess, SdkConfiguration, WaitOptions } from './api/api-access.ts'
import { apiFetch } from './api/api-fetch.ts'
import { lazyApi } from './api/lazy-api.ts'
import { describe, type InstallationDescription } from './description.ts'
import type { Driver } from './records/driver.ts'
import type { Records } from './records/records.ts'
import type { Settings, WaitUntil } from './runtime/settings.ts'
import type { AccessTokens } from './tokens/access-tokens.ts'
import type { Flights, Patience } from './tokens/flights.ts'
import type { TokenEndpoint } from './tokens/token-endpoint.ts'

/** How a handle behaves. */
export interface InstallationOptions {
  /**
   * Keeps alive the work that this handle begins, where a runtime ends work with its request: the `waitUntil` of that very
   * request. It is called in addition to the client's own. Default: none.
   */
  readonly waitUntil?: WaitUntil | undefined
}

/** What the handles of one client share. */
export interface InstallationParts {
  readonly settings: Settings
  readonly records: Records
  readonly driver: Driver
  readonly tokens: AccessTokens
  readonly endpoint: TokenEndpoint
  readonly flights: Flights<BearerToken>
}

/**
 * A handle on one installation: one user in one company. Making one costs nothing and asks nothing; whether
 * there is such an installation shows when it is used.
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
  #api: $Fetch | undefined

  constructor(id: InstallationId, parts: InstallationParts, options: InstallationOptions = {}) {
    this.id = id
    this.#parts = parts
    this.#options = options
  }

  /**
   * `fetch` for Pipedrive's API: relative addresses go to the installation's own API domain, with its access
   * token. After a 401 the token is refreshed and the request sent once more, if its body can be sent twice. A 429
   * of the burst limit is waited out within `policy.rateLimitWaitMs`; one of the daily budget is given back at
   * once. A redirect to another host is followed without the token.
   *
   * @throws {ForbiddenRequestError} `foreign_origin`, for an address elsewhere
   * @throws {ReauthorizationRequiredError} `not_installed`, `reauthorization_required`
   * @throws {TokenEndpointError} when there is no token
   * @throws {StoreError} when the store cannot answer and no valid token is in memory
   */
  get fetch(): typeof globalThis.fetch {
    const { fetch: send, clock, policy } = this.#parts.settings
    this.#fetch ??= apiFetch({
      send,
      clock,
      maxWaitMs: policy.rateLimitWaitMs,
      token: (signal) => this.#deliver(undefined, signal && { signal }),
      another: (rejected, signal) => this.#deliver(rejected, signal && { signal }),
    })
    return this.#fetch
  }

  /**
   * `ofetch` over `fetch`: parses JSON, throws `FetchError` for statuses of 400 and more, and the errors of `fetch`
   * as they are.
   */
  get api(): $Fetch {
    this.#api ??= lazyApi(this.fetch)
    return this.#api
  }

  /**
   * An access token that is valid for at least `policy.minimumValidityMs`, refreshed first if it must be.
   * Concurrent callers, in this process and in others over the same store, share one refresh.
   *
   * @throws {ReauthorizationRequiredError} `not_installed`, `reauthorization_required`
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `malformed_response`,
   * `request_rejected`, `client_rejected`; `refresh_pending` when `waitMs` ran out
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`
   * @throws the reason of `signal`
   */
  accessToken(options?: WaitOptions): Promise<string> {
    const servable = this.#parts.records.servableToken(this.id)
    if (servable !== undefined && options?.signal?.aborted !== true) return servable
    return this.#deliver(undefined, options).then((delivered) => delivered.accessToken)
  }

  /**
   * Resolves if the user has granted these scopes, with a valid access token in memory.
   * @throws {ReauthorizationRequiredError} `scopes_missing`, which names those that are missing
   * @throws as `accessToken()`
   */
  async requireScopes(scopes: readonly string[], options?: WaitOptions): Promise<void> {
    await this.accessToken(options)
    const { records, driver, settings } = this.#parts
    const state = records.remembered(this.id)?.state ?? (await driver.current(this.id))
    const missing = missingScopes(scopes, tokensOf(state)?.scopes ?? [])
    if (state === undefined || missing.length === 0) return
    // Scopes belong to the app. If a consent has just not given them, the next one will not.
    const consentMayHelp = settings.clock.now() >= state.installedAt + settings.policy.consentTimeoutMs
    throw new ReauthorizationRequiredError('scopes_missing', this.id, {
      missingScopes: missing,
      consentMayHelp,
    })
  }

  /**
   * What the official SDK needs: `new Configuration(await installation.sdk('v2'))`. Its token is asked for at each
   * request; its `basePath` is that of now, so make it anew rather than keep it for days.
   * @throws as `accessToken()`
   */
  async sdk(version: 'v1' | 'v2'): Promise<SdkConfiguration> {
    const { apiDomain } = await this.#deliver(undefined, undefined)
    return { accessToken: () => this.accessToken(), basePath: `${apiDomain}/api/${version}` }
  }

  /**
   * What is known about this installation, without any secret, read from the store. Undefined: not installed.
   * @throws {StoreError} `store_unavailable`, `unreadable_record`, `unknown_key`
   */
  async describe(): Promise<InstallationDescription | undefined> {
    const state = await this.#parts.driver.current(this.id)
    return state && describe(this.id, state, this.#parts.settings.scopes)
  }

  /**
   * Replaces the access token, whatever is left of it. Shared with whoever else replaces the same one.
   * @throws as `accessToken()`
   */
  async refresh(options?: WaitOptions): Promise<void> {
    const state = await this.#parts.driver.current(this.id)
    await this.#deliver(tokensOf(state)?.accessToken, options)
  }

  /**
   * Makes Pipedrive forget the access token. The installation stays: the next call refreshes.
   * @throws {ReauthorizationRequiredError} when there is no access token to revoke
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `token_endpoint_timeout`, `client_rejected`
   */
  async revokeAccessToken(): Promise<void> {
    const { driver } = this.#parts
    const state = await driver.current(this.id)
    const accessToken = tokensOf(state)?.accessToken
    if (accessToken === undefined)
      throw new ReauthorizationRequiredError(state ? 'reauthorization_required' : 'not_installed', this.id)
    await this.#revoke(accessToken, 'access_token')
    await driver.submit(this.id, (at) => ({ type: 'access_token_revoked', at, accessToken }))
  }

  /**
   * Ends the installation on both sides: revokes the refresh token, then deletes the record. Does nothing when there
   * is none. When Pipedrive does not answer, the record stays, so that this can be tried again.
   * @throws {TokenEndpointError} `token_endpoint_unavailable`, `client_rejected`
   * @throws {StoreError}
   */
  async uninstall(): Promise<void> {
    const { driver, settings } = this.#parts
    const state = await driver.current(this.id)
    if (state === undefined) return
    if (state.clientId !== settings.clientId) throw new TokenEndpointError('client_rejected')
    const refreshToken = tokensOf(state)?.refreshToken
    if (refreshToken !== undefined) await this.#revoke(refreshToken, 'refresh_token')
    const { clientId, grantId } = state
    const { before } = await driver.submitPersistently(this.id, (at) => ({
      type: 'uninstalled',
      at,
      clientId,
      grantId,
    }))
    // A refresh that ended meanwhile may have rotated the token that was revoked.
    const latest = before?.state?.grantId === grantId ? tokensOf(before.state)?.refreshToken : undefined
    if (latest !== undefined && latest !== refreshToken) await this.#revoke(latest, 'refresh_token')
  }

  async #revoke(token: string, hint: TokenHint): Promise<void> {
    const answer = await this.#parts.endpoint.revoke(token, hint)
    if (answer.type === 'failed') throw new TokenEndpointError(answer.code)
  }

  #deliver(rejected: string | undefined, options: WaitOptions | undefined): Promise<BearerToken> {
    const { flights, records, settings, tokens } = this.#parts
    const servable = rejected === undefined ? records.servableBearer(this.id) : undefined
    if (servable !== undefined && options?.signal?.aborted !== true) return Promise.resolve(servable)
    const patience: Patience = { waitMs: options?.waitMs ?? settings.policy.waitMs, signal: options?.signal }
    const key = rejected === undefined ? this.id : `${this.id} ${rejected}`
    return flights.join(key, patience, (abandonment) => {
      const { waitUntil } = this.#options
      const delivered = tokens.get(this.id, rejected, abandonment, waitUntil)
      // Others may join, and still wait when the request that began this has ended.
      for (const keepAlive of [settings.waitUntil, waitUntil]) keepAlive?.(delivered.catch(() => {}))
      return delivered
    })
  }
}
