import { installationIdOf, isInstallationId, type Account, type InstallationId } from '../machine/account.ts'
import type { Policy } from '../machine/policy.ts'
import type { BearerToken } from '../machine/tokens.ts'
import type { SharingNotice } from '../protocol/app-notice.ts'
import { InvalidArgumentError, StoreError } from '../errors.ts'
import type { ApiAccess } from './api/api-access.ts'
import { GivenToken, type GivenAccessToken } from './api/given-token.ts'
import { Consent, type AuthorizationRequest } from './connect/consent.ts'
import { ExtensionTokens, type ExtensionUser } from './connect/extension-tokens.ts'
import { Grants, type AdoptOptions, type GrantOutcome, type StoredGrant } from './connect/grants.ts'
import { handleSharing, handleUninstall, type UninstallResult } from './connect/notices.ts'
import { Sessions } from './connect/sessions.ts'
import type { InstallationDescription } from './description.ts'
import { Installation, type InstallationOptions, type InstallationParts } from './installation.ts'
import { resolveOptions, type PipedriveOAuthOptions } from './options.ts'
import { Driver } from './records/driver.ts'
import { listedPages } from './records/listing.ts'
import { Records } from './records/records.ts'
import { reseal, type ResealedInstallation, type ResealOptions } from './records/reseal.ts'
import { Sealer } from './records/sealer.ts'
import { checkStore, type StoreCheck, type StoreCheckOptions } from './records/store-check.ts'
import type { EventHub } from './runtime/event-hub.ts'
import type { OAuthEventListener } from './runtime/oauth-event.ts'
import type { Settings } from './runtime/settings.ts'
import { AccessTokens } from './tokens/access-tokens.ts'
import { checkClient, type ClientCheck } from './tokens/client-check.ts'
import { Flights } from './tokens/flights.ts'
import { keepAlive, type KeepAliveOptions, type KeepAliveReport } from './tokens/keep-alive.ts'
import { Refreshes } from './tokens/refreshes.ts'
import { TokenEndpoint } from './tokens/token-endpoint.ts'

/** An installation that has just been connected, and the account it belongs to. */
export interface Connected {
  readonly installation: Installation
  readonly account: Account
  /** Whether there was no record of this user in this company before. */
  readonly firstTime: boolean
}

/** What became of tokens that were adopted. */
export interface Adoption {
  readonly installation: Installation
  readonly account: Account
  /**
   * `created`: there was no such installation. `replaced`: these tokens took the place of older ones. `kept`: the stored
   * tokens are as new or newer, and stay.
   */
  readonly outcome: GrantOutcome
}

/** How a callback ended. */
export interface CallbackResult extends Connected {
  /** Where the user was going: a path of this application. */
  readonly returnTo: string
  /** The attempt as it is now, sealed: put in the cookie's place, it makes the same callback end here again. */
  readonly attempt: string
}

/** An installation in a listing. One whose record cannot be opened is listed, too. */
export type ListedInstallation =
  | InstallationDescription
  | { readonly id: InstallationId; readonly status: 'unreadable'; readonly error: StoreError }

/**
 * Holds the Pipedrive installations of one app. Make one per process (or per environment, on edge runtimes) and
 * share it. Any number of processes may work over one store.
 *
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 *
 * const oauth = new PipedriveOAuth({
 *   clientId: 'from the Developer Hub',
 *   clientSecret: 'from the Developer Hub',
 *   redirectUri: 'https://app.example.com/pipedrive/callback',
 *   secrets: ['at least 32 random characters, kept outside the code'],
 * })
 * const deals = await oauth.installation('123:456').api('/api/v2/deals')
 * ```
 */
export class PipedriveOAuth implements AsyncDisposable {
  readonly #settings: Settings
  readonly #events: EventHub
  readonly #refreshes: Refreshes
  readonly #tokens: AccessTokens
  readonly #endpoint: TokenEndpoint
  readonly #parts: InstallationParts
  readonly #grants: Grants
  readonly #consent: Consent
  readonly #sessions: Sessions
  readonly #extensionTokens = new ExtensionTokens()

  /** @throws {ConfigurationError} `invalid_configuration`, which names every problem at once */
  constructor(options: PipedriveOAuthOptions) {
    const { settings, events } = resolveOptions(options)
    const { secrets, clock, policy } = settings
    const endpoint = new TokenEndpoint(settings)
    const records = new Records(settings, new Sealer(secrets, 'records'))
    const driver = new Driver(settings, records)
    this.#refreshes = new Refreshes(settings, driver, records, endpoint)
    this.#tokens = new AccessTokens(settings, driver, this.#refreshes, records)
    const cookies = new Sealer(secrets, 'cookies')
    this.#settings = settings
    this.#events = events
    this.#endpoint = endpoint
    const flights = new Flights<BearerToken>(clock, policy.leaseMs)
    this.#parts = { settings, records, driver, tokens: this.#tokens, endpoint, flights }
    this.#grants = new Grants(settings, driver, endpoint)
    this.#consent = new Consent(settings, cookies, endpoint, this.#grants)
    this.#sessions = new Sessions(cookies, clock)
  }

  /** The app's callback address, as configured. */
  get redirectUri(): string {
    return this.#settings.redirectUri
  }

  /** The numbers this client decides by, defaults included. */
  get policy(): Policy {
    return this.#settings.policy
  }

  /**
   * Begins a connection: where to send the user, and what to keep in a cookie meanwhile.
   * `returnTo`, a path of this application, comes back from `callback()`. Default: `/`.
   *
   * @throws {ForbiddenRequestError} `foreign_return_to`, when `returnTo` leads to another site
   * @see [RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.1)
   */
  authorize(options: { readonly returnTo?: string | undefined } = {}): Promise<AuthorizationRequest> {
    return this.#consent.begin(options.returnTo ?? '/')
  }

  /**
   * Ends a connection: takes the address that the user came back to and the sealed attempt from the cookie, and
   * stores the installation. The same callback again ends in the same place, as long as it is this process that
   * is asked, or the attempt that was given back has taken the cookie's place.
   *
   * `acceptMissingState` lets in a callback that this application did not begin (Pipedrive's Marketplace). It lets in,
   * too, what an attacker began: decide by what your session does with the result. Default: false.
   *
   * @throws {CallbackError} `state_mismatch`, `access_denied`, `attempt_expired`, `invalid_callback`, `code_refused`
   * @throws {TokenEndpointError} when no tokens came; the callback may be tried again
   * @throws {StoreError} when they could not be saved; the callback may be tried again, in this process
   */
  async callback(
    url: string | URL,
    attempt: string | undefined,
    options: { readonly acceptMissingState?: boolean | undefined } = {},
  ): Promise<CallbackResult> {
    const outcome = await this.#consent.finish(url, attempt, options.acceptMissingState ?? false)
    const { returnTo, attempt: latest } = outcome
    return { ...this.#connected(outcome), returnTo, attempt: latest }
  }

  /**
   * Takes over tokens obtained elsewhere. `tokens` is a token response as Pipedrive gave it (`access_token`,
   * `refresh_token`, …), or a refresh token alone (`{ refreshToken }`), which is refreshed at once. Newer tokens
   * that are already stored stay, so an import may run twice, and in this process it goes on from where it failed.
   *
   * @throws {TokenEndpointError} `malformed_response`, for anything else; as a refresh does, when Pipedrive has to be asked
   * for new tokens (a refresh token alone, or an access token that has expired without `account`); `identity_unavailable`
   * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refuses the refresh token
   * @throws {InvalidArgumentError} when `obtainedAt` or `account` is not usable
   * @throws {StoreError}
   */
  async adopt(tokens: unknown, options: AdoptOptions = {}): Promise<Adoption> {
    const { account, outcome } = await this.#grants.adopt(tokens, options)
    return { installation: this.installation(account), account, outcome }
  }

  /**
   * Turns a legacy API token into an installation. Pipedrive does so once per API token.
   *
   * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refuses the API token
   * @throws {TokenEndpointError}
   * @throws {StoreError}
   */
  async exchangeApiToken(apiToken: string): Promise<Connected> {
    return this.#connected(await this.#grants.exchangeApiToken(apiToken))
  }

  /**
   * Carries out the `DELETE` that Pipedrive sends to the callback address when a user removes the app.
   *
   * @throws {ForbiddenRequestError} `bad_credentials`, `malformed_notice`
   * @throws {StoreError}
   * @see [Pipedrive: app uninstallation](https://pipedrive.readme.io/docs/app-uninstallation)
   */
  handleUninstall(request: Request): Promise<UninstallResult> {
    return handleUninstall(request, this.#settings, this.#parts.driver)
  }

  /**
   * Reports the legacy sharing notice (`POST` to the callback address) as an event. It changes nothing.
   * @throws {ForbiddenRequestError} `malformed_notice`
   */
  handleSharing(request: Request): Promise<SharingNotice> {
    return handleSharing(request, this.#settings)
  }

  /**
   * Verifies the token of an extension page (`?token=`) and says who looks at it. `secrets`: the extension's own JWT
   * secrets. Default: the client secret.
   * @throws {ForbiddenRequestError} `bad_signature`
   */
  verifyExtensionToken(
    jwt: string,
    options: { readonly secrets?: readonly string[] | undefined } = {},
  ): Promise<ExtensionUser> {
    const { clientSecrets, clock } = this.#settings
    return this.#extensionTokens.verify(jwt, options.secrets ?? clientSecrets, clock.now())
  }

  /**
   * Refreshes installations whose 60 days end soon. Run it daily, in any number of processes: each installation
   * is refreshed once.
   *
   * @throws {ConfigurationError} `unsupported_by_store` without `store.due`
   * @throws {InvalidArgumentError} for unusable options
   * @throws {StoreError} `store_unavailable`, when the store cannot say what is due
   */
  keepAlive(options: KeepAliveOptions = {}): Promise<KeepAliveReport> {
    return keepAlive(this.#tokens, this.#settings, options)
  }

  /**
   * Every installation, or those of one company, read one after another.
   * @throws {ConfigurationError} `unsupported_by_store` without `store.list`
   * @throws {StoreError} `store_unavailable`
   */
  async *installations(
    options: { readonly companyId?: number | undefined } = {},
  ): AsyncGenerator<ListedInstallation> {
    for await (const ids of listedPages(this.#settings, 'installations', options.companyId))
      for (const id of ids) {
        const listed = await this.#listed(id)
        if (listed !== undefined) yield listed
      }
  }

  /**
   * Seals with the first of `secrets` every record that is still sealed with another one, and tells what became of each.
   * Run it once every process knows the new secret. If nothing `failed`, the records no longer need the old ones. It may run
   * beside working processes, be interrupted, and be run again: it changes no record twice.
   *
   * @throws {ConfigurationError} `unsupported_by_store` without `store.list`
   * @throws {InvalidArgumentError} for unusable options
   * @throws {StoreError} `store_unavailable`
   * @throws the reason of `signal`
   * @example
   * ```ts
   * for await (const { id, outcome } of oauth.reseal()) if (outcome === 'failed') console.error(id)
   * ```
   */
  reseal(options: ResealOptions = {}): AsyncGenerator<ResealedInstallation> {
    return reseal(this.#parts.records, this.#settings, options)
  }

  /**
   * Whether the store answers; with `write`, whether it really compares before it sets. For health checks and set-up.
   *
   * @throws {StoreError} `store_unavailable`
   * @throws {ConfigurationError} `unsupported_by_store`, naming every promise of the contract that it does not keep
   */
  checkStore(options: StoreCheckOptions = {}): Promise<StoreCheck> {
    return checkStore(this.#settings, options)
  }

  /**
   * Returns API calls with an access token obtained elsewhere. The token is never stored and never refreshed, and a 401 is
   * the caller's answer. It goes to Pipedrive's hosts only, as every token does.
   *
   * @throws {InvalidArgumentError} when `accessToken` or `apiDomain` is not usable
   */
  withAccessToken(given: GivenAccessToken): ApiAccess {
    return new GivenToken(given, this.#settings)
  }

  /**
   * Tells whether Pipedrive accepts `clientId` and `clientSecret`, with one request that spends no token. For health checks
   * and set-up.
   *
   * @throws {TokenEndpointError} `client_rejected`, when Pipedrive does not accept them; `token_endpoint_unavailable`,
   * `token_endpoint_timeout`, `malformed_response`, `request_rejected`, when that is not known
   */
  checkClient(): Promise<ClientCheck> {
    return checkClient(this.#endpoint, this.#settings)
  }

  /**
   * Returns a handle on one installation: by its id `${companyId}:${userId}`, or by the two ids. Costs nothing. Whether
   * there is such an installation shows when the handle is used.
   *
   * @throws {InvalidArgumentError} when the id is malformed
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
    return new Installation(id, this.#parts, options)
  }

  /**
   * Calls the listener for every event from now on. The listener is not waited for; what it throws is logged with
   * `console.error`. Returns a function that ends it.
   *
   * @example
   * ```ts
   * const end = oauth.subscribe((event) => console.log(event.type))
   * end()
   * ```
   */
  subscribe(listener: OAuthEventListener): () => void {
    return this.#events.subscribe(listener)
  }

  /** Returns a sealed value that says which installation a browser belongs to, for a cookie. It expires after `lifetimeMs`. */
  issueSession(id: InstallationId, lifetimeMs: number): Promise<string> {
    return this.#sessions.issue(id, lifetimeMs)
  }

  /** Returns the installation that a value from `issueSession()` belongs to. Undefined: not one of this app, or expired. */
  readSession(sealed: string): Promise<InstallationId | undefined> {
    return this.#sessions.read(sealed)
  }

  /** Resolves when every refresh that this process has begun is saved or given up. For an orderly shutdown. */
  settled(): Promise<void> {
    return this.#refreshes.settled()
  }

  /** `await using oauth = new PipedriveOAuth(…)` waits for `settled()` at the end of its block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.settled()
  }

  #connected({ account, outcome }: StoredGrant): Connected {
    return { installation: this.installation(account), account, firstTime: outcome === 'created' }
  }

  async #listed(id: InstallationId): Promise<ListedInstallation | undefined> {
    try {
      return await this.installation(id).describe()
    } catch (error) {
      const isUnreadable = error instanceof StoreError && error.code !== 'store_unavailable'
      if (!isUnreadable) throw error
      return { id, status: 'unreadable', error }
    }
  }
}
