import type { InstallationId } from '../../machine/account.ts'
import type { InstallationChange } from '../../machine/installation/effect.ts'
import type { PipedriveOAuthErrorCode } from '../../errors.ts'
import type { StoreFinding } from '../../store/store.ts'

/**
 * An event: something that happened, for logs, metrics and the application's own records. Holds no secret. `at` is in
 * epoch milliseconds.
 */
export type OAuthEvent = { readonly at: number } & (
  | ({ readonly installationId: InstallationId } & InstallationEvent)
  | AppEvent
)

/** An event of one installation. */
export type InstallationEvent =
  | InstallationChange
  /** A consent or adopted tokens lack scopes that the app relies on. */
  | { readonly type: 'scopes_missing'; readonly scopes: readonly string[] }
  /** New tokens could not be saved yet. This process hands them out from memory and tries again to save them. */
  | { readonly type: 'save_failed'; readonly code: PipedriveOAuthErrorCode }
  /** Tokens of an earlier `save_failed` are saved now. */
  | { readonly type: 'save_recovered' }
  /** The store did not answer, so a valid token from memory was handed out. */
  | { readonly type: 'served_without_store'; readonly code: PipedriveOAuthErrorCode }
  /** A refresh named an API domain outside of Pipedrive's hosts. The previous one is kept. */
  | { readonly type: 'untrusted_api_domain'; readonly apiDomain: string }
  /** An uninstall notice deleted nothing: see `UninstallResult.removed`. */
  | { readonly type: 'uninstall_ignored' }
  /** The user started or stopped sharing the app with the company. Pipedrive does not authenticate this notice. */
  | { readonly type: 'sharing_changed'; readonly isShared: boolean }

/** An event of the app as a whole. */
export type AppEvent =
  /** Pipedrive rejected the first client secret and accepted another one. Put that one first. */
  | { readonly type: 'client_secret_outdated' }
  /**
   * At its first use, the store found what endangers its records. `console.error` logs findings with the status `problem`,
   * too. `checkStore()` gives the findings of the moment.
   */
  | { readonly type: 'store_endangered'; readonly findings: readonly StoreFinding[] }

/** An event without its time, as the client's own code reports it. */
export type Report = ({ readonly installationId: InstallationId } & InstallationEvent) | AppEvent

/** Sends an event to the application. Never throws and never waits. */
export type Emit = (report: Report) => void

/** Is called for every event. Nothing waits for it. */
export type OAuthEventListener = (event: OAuthEvent) => unknown
