import {
  InvalidArgumentError,
  ReauthorizationRequiredError,
  type ApiAccess,
  type Installation,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { unknownNames } from '@pd/oauth-core/adapter'
import { loginSettings } from '../login/login-settings.ts'
import { login } from '../login/login.ts'
import type { ConnectOptions, LoginAndRefreshOptions, OffOptions, RefreshOptions } from './connect-options.ts'
import { storedInstallation } from './stored-installation.ts'

/**
 * Returns access to Pipedrive as one user, for programs that have one user, with a valid access token in memory.
 *
 * - `off` uses the access token that it is given, until it expires.
 * - `refresh` uses what is stored and refreshes it when needed. No person is asked.
 * - `login-and-refresh` does the same, but the user logs in first if nothing is stored or the grant has ended.
 *
 * If a grant ends later, the calls reject with `reauthorization_required`.
 *
 * @throws {ReauthorizationRequiredError} `not_installed`, `reauthorization_required`; also `not_installed` if the given tokens
 * belong to another installation than the one that was asked for
 * @throws {InvalidArgumentError} if an option does not fit, or if several installations are stored, apart from those whose
 * grants have ended, and none is chosen
 * @throws {ConfigurationError} `unsupported_by_store`, if none is chosen and the store cannot list
 * @throws {TokenEndpointError} if Pipedrive gives no token
 * @throws {StoreError} if the store does not answer
 * @throws what `login()` throws, with `login-and-refresh`; `unexpected_account` if somebody else than `installation` logs in
 * @example
 * ```ts
 * import { connect } from '@pd/oauth-desktop'
 *
 * const pipedrive = await connect(oauth, { mode: 'login-and-refresh' })
 * console.log(await pipedrive.api('/api/v2/deals'))
 * ```
 */
export function connect(oauth: PipedriveOAuth, options: OffOptions): Promise<ApiAccess>
export function connect(
  oauth: PipedriveOAuth,
  options: RefreshOptions | LoginAndRefreshOptions,
): Promise<Installation>
export async function connect(oauth: PipedriveOAuth, options: ConnectOptions): Promise<ApiAccess> {
  switch (options?.mode) {
    case 'off': {
      checkNames(options, { mode: true, accessToken: true, apiDomain: true })
      const { accessToken, apiDomain } = options
      return oauth.withAccessToken({ accessToken, apiDomain })
    }
    case 'refresh':
      checkNames(options, ofRefresh)
      return refreshed(oauth, options)
    case 'login-and-refresh':
      checkNames(options, { mode: true, installation: true, login: true })
      // Also where nobody has to log in today.
      loginSettings(oauth, options.login ?? {})
      return loggedIn(oauth, options)
    default:
      throw new InvalidArgumentError('connect()', ['mode must be off, refresh or login-and-refresh'])
  }
}

const ofRefresh: Record<keyof RefreshOptions, true> = {
  mode: true,
  installation: true,
  refreshToken: true,
  tokenResponse: true,
  obtainedAt: true,
}

/** What the values are, the calls check that get them. */
function checkNames<Options extends object>(options: Options, known: Record<keyof Options, true>): void {
  const problems = unknownNames(options, known)
  if (problems.length > 0) throw new InvalidArgumentError('connect()', problems)
}

async function refreshed(oauth: PipedriveOAuth, options: RefreshOptions): Promise<Installation> {
  try {
    return await usable(oauth, options.installation)
  } catch (error) {
    const { obtainedAt, refreshToken, tokenResponse } = options
    const given = refreshToken === undefined ? tokenResponse : { refreshToken }
    if (!(error instanceof ReauthorizationRequiredError) || given === undefined) throw error
    const { installation } = await oauth.adopt(given, { obtainedAt })
    expectWanted(installation, options.installation)
    await installation.accessToken()
    return installation
  }
}

async function loggedIn(oauth: PipedriveOAuth, options: LoginAndRefreshOptions): Promise<Installation> {
  try {
    return await usable(oauth, options.installation)
  } catch (error) {
    if (!(error instanceof ReauthorizationRequiredError)) throw error
    const expect = options.installation ?? options.login?.expect
    const { installation } = await login(oauth, { ...options.login, expect })
    return installation
  }
}

/** Returns the stored installation after making sure that it has a valid access token. */
async function usable(oauth: PipedriveOAuth, id: InstallationId | undefined): Promise<Installation> {
  const installation = await storedInstallation(oauth, id)
  if (installation === undefined) throw new ReauthorizationRequiredError('not_installed', id)
  await installation.accessToken()
  return installation
}

/** Tokens are stored for the account that they belong to, even if another one was asked for. */
function expectWanted(installation: Installation, wanted: InstallationId | undefined): void {
  if (wanted !== undefined && installation.id !== wanted)
    throw new ReauthorizationRequiredError('not_installed', wanted)
}
