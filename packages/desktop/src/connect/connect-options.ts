import type { InstallationId } from '@pd/oauth-core'
import type { LoginOptions } from '../login/login-options.ts'

/** Uses the access token it is given, as long as that lives. Stores nothing, refreshes nothing. */
export interface OffOptions {
  readonly mode: 'off'
  readonly accessToken: string
  /** The `api_domain` that came with it. Default: Pipedrive's host for every company. */
  readonly apiDomain?: string
}

interface StoredOptions {
  /** Which installation. Default: the only one that is stored. */
  readonly installation?: InstallationId | undefined
}

/** Uses what is stored and refreshes it. Never asks anybody: for services and jobs. */
export interface RefreshOptions extends StoredOptions {
  readonly mode: 'refresh'
  /**
   * To begin with, where nothing is stored or the stored grant has ended: a refresh token. Pipedrive is asked whose it is.
   * For a second account name that as `installation`: without a name, the one that is stored is used.
   */
  readonly refreshToken?: string | undefined
  /** The same, as a whole token response, as Pipedrive gave it. */
  readonly tokenResponse?: unknown
  /** When the token response was received, in epoch milliseconds. Default: now. */
  readonly obtainedAt?: number | undefined
}

/** Uses what is stored and refreshes it; where there is nothing, or its grant has ended, the user logs in. */
export interface LoginAndRefreshOptions extends StoredOptions {
  readonly mode: 'login-and-refresh'
  readonly login?: LoginOptions | undefined
}

export type ConnectOptions = OffOptions | RefreshOptions | LoginAndRefreshOptions
