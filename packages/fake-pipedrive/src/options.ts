import type { Clock } from './clock.ts'
import type { Company, CompanyInput, UserInput } from './directory.ts'
import type { FaultPlan } from './faults/fault.ts'
import type { Installation, InstallationInput } from './installation.ts'

/** Reaches the app under test. */
export type AppFetch = (request: Request) => Promise<Response> | Response

/** Every option may be left out. */
export interface FakePipedriveOptions {
  /** Default: `fake-client-id`. */
  readonly clientId?: string | undefined
  /** Default: `fake-client-secret`. */
  readonly clientSecret?: string | undefined
  /** The app's callback URL. Default: `http://localhost:3000/pipedrive/callback`. */
  readonly redirectUri?: string | undefined
  /** The app's name on the consent page. Default: `Your app`. */
  readonly appName?: string | undefined
  /**
   * The address of the app's panel, an app extension. A fake that listens shows it on `/__fake/panel?user=1001:11`, in
   * an iframe with `userId`, `companyId` and the signed `token`. Default: none.
   */
  readonly panelUrl?: string | undefined
  /** The app's scopes; `base` is added. Default: `base`, `deals:full`. */
  readonly scopes?: readonly string[] | undefined
  /** Default: Acme Trading (1001, acme) and Globex Logistics (1002, globex). */
  readonly companies?: readonly CompanyInput[] | undefined
  /** The first one is who consents when nobody is named. Default: four people, one of them in both companies. */
  readonly users?: readonly UserInput[] | undefined
  /**
   * Who has the app installed at the beginning, with which tokens: what `fake.installations()` of an earlier fake
   * gave, also after a trip through JSON. What else that one knew, it does not: codes, used refresh tokens, deals.
   * Default: nobody.
   */
  readonly installations?: readonly InstallationInput[] | undefined
  /**
   * Called with `fake.installations()` whenever they have changed, several times for some requests, and always
   * before the answer is sent: what it has kept when the process dies is enough to go on from. Not called for time.
   */
  readonly onInstallationsChange?: ((installations: readonly Installation[]) => void) | undefined

  /** Whether each refresh answers with a new refresh token. Default: false, as Pipedrive does today. */
  readonly rotateRefreshTokens?: boolean | undefined
  /** Whether a used refresh token, presented again, ends the whole grant. Default: true when tokens rotate. */
  readonly reuseDetection?: boolean | undefined
  /** What becomes of older access tokens on a refresh or re-install. Default: `live`, until they expire. */
  readonly previousAccessTokens?: 'live' | 'die' | undefined
  /** Whether a user who installs again gets the same refresh token string. Default: `new`. */
  readonly refreshTokenOnReinstall?: 'new' | 'same' | undefined
  /** Milliseconds. Default: 60 minutes; `expires_in` says one second less. */
  readonly accessTokenLifetimeMs?: number | undefined
  /** Milliseconds without use. Default: 60 days. */
  readonly refreshTokenLifetimeMs?: number | undefined
  /** Milliseconds. Default: 5 minutes. */
  readonly codeLifetimeMs?: number | undefined
  /** Documented is 400; 401 has been seen. Default: 400. */
  readonly invalidClientStatus?: 400 | 401 | undefined

  /** Requests per access token in 2 seconds. Default: by the company's plan, 80 to 480. */
  readonly burstLimit?: number | undefined
  /** API tokens a company may spend in one UTC day. Default: by its plan and seats. */
  readonly dailyBudget?: number | undefined
  /** How long the token endpoint takes over its work, in milliseconds of the clock. Default: 0. */
  readonly latencyMs?: number | undefined
  /**
   * The `api_domain` that token answers carry. Default: `https://{company}.pipedrive.com`, or over sockets the
   * origin the request came to.
   */
  readonly apiDomain?: string | ((company: Company) => string) | undefined
  /** Faults to begin with. Default: none. */
  readonly faults?: readonly FaultPlan[] | undefined
  /** Default: the machine's clock. */
  readonly clock?: Clock | (() => number) | undefined
  /** Makes every token reproducible. Default: none, tokens are random. */
  readonly seed?: number | undefined
  /** Reaches the app under test: uninstall notices, and redirects that `fake.fetch` follows off its own hosts. */
  readonly appFetch?: AppFetch | undefined
}
