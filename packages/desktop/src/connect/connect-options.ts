import type { InstallationId } from '@pd/oauth-core'
import type { LoginOptions } from '../login/login-options.ts'

/** Uses the access token that it is given, until it expires. Stores nothing, refreshes nothing. */
export interface OffOptions {
  readonly mode: 'off'
  /** An access token obtained elsewhere. */
  readonly accessToken: string
  /** The `api_domain` that came with the token. Default: Pipedrive's host for every company. */
  readonly apiDomain?: string | undefined
}

interface StoredOptions {
  /** Which installation to use. Default: the only one that is stored, apart from those whose grants have ended. */
  readonly installation?: InstallationId | undefined
}

/** Uses what is stored and refreshes it. Never asks a person: for services and jobs. */
export interface RefreshOptions extends StoredOptions {
  readonly mode: 'refresh'
  /**
   * A refresh token to start with. It is used only if nothing is stored, or if the stored grant has ended; Pipedrive says
   * which account it belongs to. For a second account set `installation`: without it, the stored one is used.
   */
  readonly refreshToken?: string | undefined
  /** The same as a whole token response of Pipedrive. Ignored if there is a `refreshToken`. */
  readonly tokenResponse?: unknown
  /** When the token response was received, in epoch milliseconds. Default: now. */
  readonly obtainedAt?: number | undefined
}

/** Uses what is stored and refreshes it. If nothing is stored, or the grant has ended, the user logs in. */
export interface LoginAndRefreshOptions extends StoredOptions {
  readonly mode: 'login-and-refresh'
  readonly login?: LoginOptions | undefined
}

export type ConnectOptions = OffOptions | RefreshOptions | LoginAndRefreshOptions
