import type { InstallationId } from '../../machine/account.ts'
import type { InstallationChange } from '../../machine/installation/effect.ts'
import type { PipedriveOAuthErrorCode } from '../../errors.ts'
import type { KeepAliveCounts } from './keep-alive-counts.ts'
import type { StoreFinding } from '../../store/store.ts'

/**
 * An event: something that happened, for logs, metrics and the application's own records. Holds no secret. Instants are in
 * epoch milliseconds.
 */
export type OAuthEvent = EventFacts &
  (({ readonly installationId: InstallationId } & InstallationEvent) | AppEvent)

/** What any event may say. */
export interface EventFacts {
  readonly at: number
  /** The application's own name of the tenant or user. Missing if there is none, or if this process does not know it. */
  readonly reference?: string
  /** How long it took, in milliseconds. Missing if nothing took time, or if it began in another process. */
  readonly durationMs?: number
  /** Why it failed: the innermost cause, such as `connect ECONNREFUSED 127.0.0.1:5432`, or Pipedrive's own words. */
  readonly cause?: string
  /** Set if nobody waited for the refresh that ended this way, or for the answer of the store. */
  readonly inBackground?: true
}

/** An event of one installation. */
export type InstallationEvent =
  | InstallationChange
  /**
   * This process asks Pipedrive for new tokens. Ends with `refreshed`, `rival_token_adopted`, `refresh_failed`,
   * `refresh_contested`, `reauthorization_required`, `save_failed` or `refresh_discarded`.
   */
  | { readonly type: 'refresh_started' }
  /**
   * The outcome of a refresh changed nothing: the record had changed meanwhile, or could not be written. After a
   * `save_failed`, which told the duration, it has no `durationMs`.
   */
  | { readonly type: 'refresh_discarded'; readonly outcome: 'refreshed' | 'refused' | 'failed' }
  /** A caller waited for another process's refresh. `code`: why it got no token. */
  | { readonly type: 'waited'; readonly durationMs: number; readonly code?: PipedriveOAuthErrorCode }
  /** A consent or adopted tokens lack scopes that the app relies on. */
  | { readonly type: 'scopes_missing'; readonly scopes: readonly string[] }
  /**
   * New tokens could not be saved yet. This process hands them out from memory and tries again to save them. Ends with
   * `save_recovered`, or with `refresh_discarded` if others have replaced or ended the grant meanwhile.
   */
  | { readonly type: 'save_failed'; readonly code: PipedriveOAuthErrorCode }
  /** Tokens of an earlier `save_failed` are saved now. `durationMs`: since then. */
  | { readonly type: 'save_recovered' }
  /** The store did not answer, so a valid token from memory was handed out. */
  | { readonly type: 'served_without_store'; readonly code: PipedriveOAuthErrorCode }
  /** A refresh named an API domain outside of Pipedrive's hosts. The previous one is kept. */
  | { readonly type: 'untrusted_api_domain'; readonly apiDomain: string }
  /** An uninstall notice deleted nothing: see `UninstallResult.removed`. */
  | { readonly type: 'uninstall_ignored' }
  /** The user started or stopped sharing the app with the company. Pipedrive does not authenticate this notice. */
  | { readonly type: 'sharing_changed'; readonly isShared: boolean }

/** An event of the app as a whole, or of an installation that is not always known. */
export type AppEvent = { readonly installationId?: InstallationId } & (
  | {
      /** A user was sent to the consent page. Ends with `installed` or `consent_failed`, or never. */
      readonly type: 'consent_started'
    }
  | {
      /**
       * A user came back from the consent page and is not connected. `consent_started` follows if the user was sent there once
       * more, because the attempt was over.
       */
      readonly type: 'consent_failed'
      readonly code: PipedriveOAuthErrorCode
    }
  | {
      /** The store failed or did not answer in time. */
      readonly type: 'store_failed'
      readonly operation: StoreOperation
      readonly code: PipedriveOAuthErrorCode
      readonly durationMs: number
    }
  | ApiResponse
  | {
      /** Pipedrive answered 429. `burst`: of the token; `daily`: the budget of the company. */
      readonly type: 'rate_limited'
      readonly limit: 'burst' | 'daily'
      /** When the limit resets, in milliseconds from now. */
      readonly resetMs: number
    }
  | {
      /** A request was answered with an error. */
      readonly type: 'request_refused'
      readonly code: PipedriveOAuthErrorCode
      readonly status: number
      readonly method: string
      /** The path of the request, without its query. */
      readonly route: string
    }
  /** Pipedrive rejected the first client secret and accepted another one. Put that one first. */
  | { readonly type: 'client_secret_outdated' }
  /** A run of `keepAlive()` ended. `codes`: those of its first 100 failures, each once. */
  | ({ readonly type: 'kept_alive'; readonly codes: readonly PipedriveOAuthErrorCode[] } & KeepAliveCounts)
  /** The store does not tell of changes any more. Memory is trusted for `policy.cacheMs` until `watch_restored`. */
  | { readonly type: 'watch_lost'; readonly code: PipedriveOAuthErrorCode }
  /** The store tells of changes again. `durationMs`: since `watch_lost`. */
  | { readonly type: 'watch_restored'; readonly durationMs: number }
  | {
      /** At its first use, the store found what endangers its records. `checkStore()` gives the findings of the moment. */
      readonly type: 'store_endangered'
      readonly findings: readonly StoreFinding[]
    }
)

/** Pipedrive's API answered a request, or did not: then `cause` says why. Holds neither body nor query nor token. */
export interface ApiResponse {
  readonly type: 'api_response'
  readonly method: string
  /** The path, without its query. */
  readonly path: string
  /** Missing: no answer came. */
  readonly status?: number
  readonly durationMs: number
  /** 1 for the first time that the request was sent; it is sent again after a 401, a 429 or a redirect. */
  readonly attempt: number
  /** What is left of the limits, as far as the answer says: of the burst window of the token, and of the company's day. */
  readonly limits?: { readonly burst?: number; readonly daily?: number }
}

/** What the store was asked to do. */
export type StoreOperation = 'get' | 'compareAndSet' | 'list' | 'due' | 'count' | 'changed' | 'check'

/** An event without its time, as the client's own code reports it. */
export type Report = Omit<EventFacts, 'at'> &
  (({ readonly installationId: InstallationId } & InstallationEvent) | AppEvent)

/** Sends an event to the application. Never throws and never waits. */
export type Emit = (report: Report) => void

/** Is called for every event. Nothing waits for it. */
export type OAuthEventListener = (event: OAuthEvent) => unknown
