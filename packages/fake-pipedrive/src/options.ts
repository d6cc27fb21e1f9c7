import type { Clock } from './clock.ts'
import type { Company, CompanyInput, UserInput } from './directory.ts'
import type { FaultPlan } from './faults/fault.ts'
import type { Installation, InstallationInput } from './installation.ts'

/** Sends a request to the app under test. */
export type AppFetch = (request: Request) => Promise<Response> | Response

/** The options of a fake. All are optional. */
export interface FakePipedriveOptions {
  /** The app's client id. Default: `fake-client-id`. */
  readonly clientId?: string | undefined
  /** The app's client secret. Default: `fake-client-secret`. */
  readonly clientSecret?: string | undefined
  /** The app's callback URL. Default: `http://localhost:3000/pipedrive/callback`. */
  readonly redirectUri?: string | undefined
  /** The app's name on the consent page. Default: `Your app`. */
  readonly appName?: string | undefined
  /**
   * The address of the app's panel, an app extension. A listening fake shows it in an iframe on
   * `/__fake/panel?user=1001:11`, with `userId`, `companyId` and the signed `token` in its query. Default: no panel.
   */
  readonly panelUrl?: string | undefined
  /** The app's scopes; `base` is added. Default: `base`, `deals:full`. */
  readonly scopes?: readonly string[] | undefined
  /** The companies. Default: Acme Trading (1001, acme) and Globex Logistics (1002, globex). */
  readonly companies?: readonly CompanyInput[] | undefined
  /** The users. The first one allows access when a test names nobody. Default: four people, one of them in both companies. */
  readonly users?: readonly UserInput[] | undefined
  /**
   * The installations at the beginning: what `fake.installations()` of an earlier fake returned, also through JSON.
   * The new fake does not know the codes, the used refresh tokens and the deals of the earlier one. Default: none.
   */
  readonly installations?: readonly InstallationInput[] | undefined
  /**
   * Is called with `fake.installations()` after each change, several times for some requests, and always before the
   * response is sent. What it has saved when the process dies is enough for the next fake. Time alone does not call it.
   */
  readonly onInstallationsChange?: ((installations: readonly Installation[]) => void) | undefined

  /** Whether each refresh returns a new refresh token. Default: false, as Pipedrive does today. */
  readonly rotateRefreshTokens?: boolean | undefined
  /** Whether a used refresh token that is sent again ends the whole grant. Default: true if tokens rotate. */
  readonly reuseDetection?: boolean | undefined
  /** What happens to older access tokens at a refresh or re-install: they `live` until they expire, or `die`. Default: `live`. */
  readonly previousAccessTokens?: 'live' | 'die' | undefined
  /** Whether a user who installs again gets the same refresh token string. Default: `new`. */
  readonly refreshTokenOnReinstall?: 'new' | 'same' | undefined
  /** The lifetime of an access token in milliseconds. Default: 60 minutes. `expires_in` is one second less. */
  readonly accessTokenLifetimeMs?: number | undefined
  /** The lifetime of an unused refresh token in milliseconds. Default: 60 days. */
  readonly refreshTokenLifetimeMs?: number | undefined
  /** The lifetime of a code in milliseconds. Default: 5 minutes. */
  readonly codeLifetimeMs?: number | undefined
  /** The status of `invalid_client`. Pipedrive documents 400; 401 has been seen. Default: 400. */
  readonly invalidClientStatus?: 400 | 401 | undefined

  /** How many requests an access token may make in 2 seconds. Default: 80 to 480, by the company's plan. */
  readonly burstLimit?: number | undefined
  /** How many API tokens a company may spend in one UTC day. Default: by its plan and seats. */
  readonly dailyBudget?: number | undefined
  /**
   * Which headers about the limits the API sends: of both limits, of the burst window only, or none. Pipedrive documents
   * those of the burst window; the others (`x-daily-ratelimit-token-*`) have been seen, sometimes not. Default: `all`.
   */
  readonly rateLimitHeaders?: 'all' | 'burst' | 'none' | undefined
  /** How long the token endpoint takes, in milliseconds of the clock. Default: 0. */
  readonly latencyMs?: number | undefined
  /**
   * The `api_domain` in token responses, an origin. Default: `https://{company}.pipedrive.com`; over sockets the origin that the
   * request was sent to.
   */
  readonly apiDomain?: string | ((company: Company) => string) | undefined
  /** The faults at the beginning. Default: none. */
  readonly faults?: readonly FaultPlan[] | undefined
  /** The clock. Default: `runningClock()`, which runs like the machine's and can be moved forward. */
  readonly clock?: Clock | (() => number) | undefined
  /** Makes every token the same in each run. Default: none; tokens are random. */
  readonly seed?: number | undefined
  /** Sends requests to the app under test: uninstall notices, and redirects of `fake.fetch` to other hosts. Default: none. */
  readonly appFetch?: AppFetch | undefined
}
