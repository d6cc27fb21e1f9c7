import type { InstallationId } from '../../machine/account.ts'
import type { InstallationChange } from '../../machine/installation/effect.ts'
import type { PipedriveOAuthErrorCode } from '../../errors.ts'

/**
 * Something that happened, for logs, metrics and the application's own records. Never holds a secret.
 * `at` is in epoch milliseconds.
 */
export type OAuthEvent = { readonly at: number } & (
  | ({ readonly installationId: InstallationId } & InstallationEvent)
  | AppEvent
)

/** What happened to one installation. */
export type InstallationEvent =
  | InstallationChange
  /** A user has not granted scopes that the app relies on. */
  | { readonly type: 'scopes_missing'; readonly scopes: readonly string[] }
  /** New tokens could not be saved yet. They serve from memory, and saving goes on. */
  | { readonly type: 'save_failed'; readonly code: PipedriveOAuthErrorCode }
  /** Tokens that could not be saved at first are saved now. */
  | { readonly type: 'save_recovered' }
  /** The store could not be read; a token in memory that is still valid was handed out. */
  | { readonly type: 'served_without_store'; readonly code: PipedriveOAuthErrorCode }
  /** Pipedrive named an API domain that bearer tokens must not go to; the previous one is kept. */
  | { readonly type: 'untrusted_api_domain'; readonly apiDomain: string }
  /** An uninstall notice was older than the installation, or there was no such installation. */
  | { readonly type: 'uninstall_ignored' }
  /** The user shares the app's data with the company, or no longer does. Pipedrive does not authenticate this. */
  | { readonly type: 'sharing_changed'; readonly isShared: boolean }

/** What happened to the app as a whole. */
export type AppEvent =
  /** The first client secret was rejected and another one works: put that one first. */
  { readonly type: 'client_secret_outdated' }

/** An event without its time, as the code inside reports it. */
export type Report = ({ readonly installationId: InstallationId } & InstallationEvent) | AppEvent

/** Tells the application. Never throws, never waits. */
export type Emit = (report: Report) => void

/** Hears events. It is not waited for. */
export type OAuthEventListener = (event: OAuthEvent) => unknown
