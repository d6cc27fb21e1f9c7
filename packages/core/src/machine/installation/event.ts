import type { Account } from '../account.ts'
import type { RefreshFailure } from './state.ts'
import type { Tokens } from '../tokens.ts'

/** Something that happened to an installation, at an instant (`at`, epoch milliseconds). */
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

interface Claiming {
  readonly at: number
  /** The app that asks. */
  readonly clientId: string
  /** Who would hold the lease: a fresh random name for every claim. */
  readonly by: string
}

/** Someone needs an access token. */
export interface TokenRequested extends Claiming {
  readonly type: 'token_requested'
  /** An access token that the API rejected, or that the caller wants replaced. */
  readonly rejected?: string
}

/** A refresh token that lapses before `before` should be used. */
export interface KeepaliveDue extends Claiming {
  readonly type: 'keepalive_due'
  readonly before: number
}

/** The user gave consent. */
export interface Authorized {
  readonly type: 'authorized'
  readonly at: number
  readonly grantId: string
  readonly clientId: string
  readonly account: Account
  readonly tokens: Tokens
}

/** Tokens that were held elsewhere are taken over. */
export interface Adopted extends Omit<Authorized, 'type'> {
  readonly type: 'adopted'
}

/** Which refresh an answer belongs to. */
interface Answer {
  readonly at: number
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
}

/** The app gave up an access token. */
export interface AccessTokenRevoked {
  readonly type: 'access_token_revoked'
  readonly at: number
  readonly accessToken: string
}

/** The user, or the app, ended the installation. */
export interface Uninstalled {
  readonly type: 'uninstalled'
  readonly at: number
  readonly clientId: string
  /** When Pipedrive says it happened. Absent when the app itself did it. */
  readonly noticeAt?: number
  /** Which grant the app itself ended. Absent in Pipedrive's notices, which do not know. */
  readonly grantId?: string
}
