import { installationIdOf, type Account, type InstallationId } from '../machine/account.ts'
import type { Policy } from '../machine/policy.ts'
import type { SharingNotice } from '../protocol/app-notice.ts'
import { StoreError } from '../errors.ts'
import { handleSharing, handleUninstall, type UninstallResult } from './app-requests.ts'
import { Consent, type AuthorizationRequest } from './consent.ts'
import type { InstallationDescription } from './description.ts'
import { AccessTokens } from './access-tokens.ts'
import type { ApiAccess } from './api-access.ts'
import { Driver, type Unsaved } from './driver.ts'
import { ExtensionTokens, type ExtensionUser } from './extension-token.ts'
import { Flights } from './flights.ts'
import { GivenToken, type GivenAccessToken } from './given-token.ts'
import { Grants, type AdoptOptions } from './grants.ts'
import { Installation, type InstallationOptions, type InstallationParts } from './installation.ts'
import { listedPages } from './listing.ts'
import { keepAlive, type KeepAliveOptions, type KeepAliveReport } from './keep-alive.ts'
import { emitter, type Emit } from './oauth-event.ts'
import { resolveOptions, type PipedriveOAuthOptions, type Settings } from './options.ts'
import { Records } from './records.ts'
import { Refreshes } from './refreshes.ts'
import { reseal, type ResealedInstallation, type ResealOptions } from './reseal.ts'
import { Sealer } from './sealing.ts'
import { Sessions } from './sessions.ts'
import { checkStore, type StoreCheck, type StoreCheckOptions } from './store-check.ts'
import { TokenEndpoint } from './token-endpoint.ts'

/** An installation that has just come about, or come back. */
export interface Connected {
  readonly installation: Installation
  readonly account: Account
  /** Whether there was no record of this user in this company before. */
  readonly firstTime: boolean
}

/** How a callback ended. */
export interface CallbackResult extends Connected {
  /** Where the user was going: a path of our own. */
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
export class PipedriveOAuth {
  readonly #settings: Settings
  readonly #emit: Emit
  readonly #refreshes: Refreshes
  readonly #tokens: AccessTokens
  readonly #parts: InstallationParts
  readonly #grants: Grants
  readonly #consent: Consent
  readonly #sessions: Sessions
  readonly #extensionTokens = new ExtensionTokens()

  /** @throws {ConfigurationError} `invalid_configuration`, naming every problem at once */
  constructor(options: PipedriveOAuthOptions) {
    const settings = resolveOptions(options)
    const { secrets, clock, onEvent } = settings
    const emit = emitter(onEvent, () => clock.now())
    const endpoint = new TokenEndpoint(settings, emit)
    const records = new Records(settings, new Sealer(secrets, 'records'))
    const unsaved: Unsaved = new Map()
    const driver = new Driver(settings, records, unsaved, emit)
    this.#refreshes = new Refreshes(settings, driver, unsaved, endpoint, emit)
    this.#tokens = new AccessTokens(settings, driver, this.#refreshes, records, emit)
    const cookies = new Sealer(secrets, 'cookies')
    this.#settings = settings
    this.#emit = emit
    this.#parts = {
      settings,
      records,
      driver,
      tokens: this.#tokens,
      endpoint,
      flights: new Flights(clock, settings.policy.leaseMs),
    }
    this.#grants = new Grants(settings, driver, endpoint, emit)
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
   * @throws {ForbiddenRequestError} `foreign_origin`, when `returnTo` leads elsewhere
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
    options: { readonly acceptMissingState?: boolean } = {},
  ): Promise<CallbackResult> {
    const outcome = await this.#consent.finish(url, attempt, options.acceptMissingState ?? false)
    return { ...this.#connected(outcome), returnTo: outcome.returnTo, attempt: outcome.attempt }
  }

  /**
   * Takes over a token response that was kept elsewhere, as Pipedrive gave it. Newer tokens that are already stored
   * stay, so an import may run twice, and in this process it goes on from where it failed.
   *
   * @throws {TokenEndpointError} `malformed_response`, when it is not a token response; as a refresh does, when
   * `account` is not given and the access token has expired
   * @throws {ReauthorizationRequiredError} `reauthorization_required`, when Pipedrive refuses the refresh token
   * @throws {ConfigurationError} when `obtainedAt` or `account` is not usable
   * @throws {StoreError}
   */
  async adopt(tokenResponse: unknown, options: AdoptOptions = {}): Promise<Connected> {
    return this.#connected(await this.#grants.adopt(tokenResponse, options))
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
    return handleUninstall(request, this.#settings, this.#parts.driver, this.#emit)
  }

  /**
   * Reports the legacy sharing notice (`POST` to the callback address) as an event. It changes nothing.
   * @throws {ForbiddenRequestError} `malformed_notice`
   */
  handleSharing(request: Request): Promise<SharingNotice> {
    return handleSharing(request, this.#emit)
  }

  /**
   * Verifies the token of an extension page (`?token=`) and says who looks at it. `secrets`: the extension's own JWT
   * secrets. Default: the client secret.
   * @throws {ForbiddenRequestError} `bad_signature`
   */
  verifyExtensionToken(
    jwt: string,
    options: { readonly secrets?: readonly string[] } = {},
  ): Promise<ExtensionUser> {
    const { clientSecrets, clock } = this.#settings
    return this.#extensionTokens.verify(jwt, options.secrets ?? clientSecrets, clock.now())
  }

  /**
   * Refreshes installations whose 60 days would end soon. Run it daily, in any number of processes: each installation
   * is refreshed once.
   *
   * @throws {ConfigurationError} `unsupported_by_store` without `store.due`; `invalid_configuration` for unusable options
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
  async *installations(options: { readonly companyId?: number } = {}): AsyncGenerator<ListedInstallation> {
    for await (const ids of listedPages(this.#settings, 'installations', options.companyId))
      for (const id of ids) {
        const listed = await this.#listed(id)
        if (listed !== undefined) yield listed
      }
  }

  /**
   * Seals with the first of `secrets` every record that is still sealed with another, and says what became of each.
   * Run it once every process knows the new secret; afterwards, if nothing `failed`, the old ones may be removed. It may run beside working processes, be broken off, and be run again: what is done is not done twice.
   *
   * @throws {ConfigurationError} `unsupported_by_store` without `store.list`; `invalid_configuration` for unusable options
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
   * API calls with an access token that was had elsewhere. It is used as it is: never stored, never refreshed, and a
   * 401 is the caller's answer. It goes to Pipedrive's hosts only, as every token does.
   *
   * @throws {ConfigurationError} when `accessToken` or `apiDomain` is not usable
   */
  withAccessToken(given: GivenAccessToken): ApiAccess {
    return new GivenToken(given, this.#settings)
  }

  /**
   * A handle on one installation, by its id `${companyId}:${userId}`. Costs nothing and never throws: whether there is
   * such an installation shows when it is used.
   */
  installation(id: InstallationId | (string & {}), options: InstallationOptions = {}): Installation {
    return new Installation(id as InstallationId, this.#parts, options)
  }

  /** A sealed value that says which installation a browser belongs to, for a cookie. `lifetimeMs`: how long it is good. */
  issueSession(id: InstallationId, lifetimeMs: number): Promise<string> {
    return this.#sessions.issue(id, lifetimeMs)
  }

  /** Which installation a value from `issueSession()` belongs to; undefined when it is not ours, or over. */
  readSession(sealed: string): Promise<InstallationId | undefined> {
    return this.#sessions.read(sealed)
  }

  /** Resolves when every refresh that this process has begun is saved or given up. For an orderly shutdown. */
  settled(): Promise<void> {
    return this.#refreshes.settled()
  }

  #connected({ account, firstTime }: { account: Account; firstTime: boolean }): Connected {
    return { installation: this.installation(installationIdOf(account)), account, firstTime }
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
