import type { Account } from '../account.ts'
import type { Tokens } from '../tokens.ts'
import type { RefreshFailure } from '../refresh-failure.ts'

/** Something that happened to an installation, for the machine to decide on. */
export type MachineEvent =
  | TokenRequested
  | KeepaliveDue
  | Authorized
  | Adopted
  | Refreshed
  | RefreshRefused
  | RefreshFailed
  | AccessTokenRevoked
  | Uninstalled
  | Forgotten
  | SessionsEnded

/** When an event happened, and where. */
export interface Origin {
  /** Epoch milliseconds, by the clock of the process. */
  readonly at: number
  /** The number that the process has drawn for itself, 0 to 1295: history tells processes apart by it. Absent: 0. */
  readonly process?: number
}

/** The origin of an event that only the app of the record may cause. */
export interface OfApp extends Origin {
  /** The app that asks. */
  readonly clientId: string
}

interface Claiming extends OfApp {
  /** Who would hold the lease: a name that no other claim has. */
  readonly by: string
}

/** Someone needs an access token. */
export interface TokenRequested extends Claiming {
  readonly type: 'token_requested'
  /** An access token that the API rejected, or that the caller wants replaced. */
  readonly rejected?: string
}

/** A refresh token that expires before `before` should be used; a record whose grant is long dead should go. */
export interface KeepaliveDue extends Claiming {
  readonly type: 'keepalive_due'
  readonly before: number
}

/** The user gave consent. */
export interface Authorized extends Origin {
  readonly type: 'authorized'
  readonly grantId: string
  readonly clientId: string
  readonly account: Account
  readonly tokens: Tokens
  /** The application's own name of the tenant or user. Absent: as it was. */
  readonly reference?: string
  /**
   * Whether there was no record before this grant, as the driver has seen it: when the event is repeated because its save was
   * not answered, the record may be its own. Absent: as the state says.
   */
  readonly isFirst?: boolean
}

/** Tokens obtained elsewhere are taken over. */
export interface Adopted extends Omit<Authorized, 'type'> {
  readonly type: 'adopted'
  /** It is not known when they were obtained: they never replace tokens that are stored. */
  readonly isUndated?: true
  /** Pipedrive has just accepted them, so their grant is alive. */
  readonly isAccepted?: true
  /** Pipedrive has just said whose they are, with the names of the account. */
  readonly isIdentified?: true
  /** They replace what is stored, however new that is. */
  readonly replace?: true
}

/** Which refresh an answer belongs to. */
interface Answer extends Origin {
  readonly by: string
  readonly grantId: string
  /** The generation that was refreshed. */
  readonly generation: number
}

/** Pipedrive gave new tokens. */
export interface Refreshed extends Answer {
  readonly type: 'refreshed'
  readonly tokens: Tokens
}

/** Pipedrive refused the refresh token (`invalid_grant`). */
export interface RefreshRefused extends Answer {
  readonly type: 'refresh_refused'
}

/** The refresh brought no verdict on the grant. */
export interface RefreshFailed extends Answer {
  readonly type: 'refresh_failed'
  readonly code: RefreshFailure
  /** How long Pipedrive asked to wait. */
  readonly retryAfterMs?: number
  /** Pipedrive answered 429: there are too many requests. */
  readonly isRateLimited?: true
}

/** The app gave an access token up. */
export interface AccessTokenRevoked extends OfApp {
  readonly type: 'access_token_revoked'
  readonly accessToken: string
}

/** The user, or the app, ended the installation. */
export interface Uninstalled extends OfApp {
  readonly type: 'uninstalled'
  /** Who ended it: the user at Pipedrive, or this application. */
  readonly by: 'user' | 'app'
  /** When Pipedrive says it happened. Absent if its notice has no readable time. */
  readonly noticeAt?: number
  /** Which grant has ended, whatever `noticeAt` is. Absent in Pipedrive's notices, which do not know. */
  readonly grantId?: string
}

/** The application wants the record gone, whatever Pipedrive knows. */
export interface Forgotten extends OfApp {
  readonly type: 'forgotten'
}

/** The application signs the user out in every browser. */
export interface SessionsEnded extends OfApp {
  readonly type: 'sessions_ended'
  /** Names the sessions from now on. No other sessions ever had this name. */
  readonly sessions: string
}
