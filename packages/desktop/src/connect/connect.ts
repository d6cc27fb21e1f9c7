import {
  ConfigurationError,
  ReauthorizationRequiredError,
  type ApiAccess,
  type Installation,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { login } from '../login/login.ts'
import type { ConnectOptions, LoginAndRefreshOptions, OffOptions, RefreshOptions } from './connect-options.ts'
import { storedInstallation } from './stored-installation.ts'

/**
 * Ways to call Pipedrive as one user, for programs that have one. `off`: with the token given, for as long as it lives.
 * `refresh`: with what is stored, refreshed when need be; nobody is asked. `login-and-refresh`: the same, and where there
 * is nothing, or its grant has ended, the user logs in first. A grant that ends later is met by the calls.
 *
 * @throws {ReauthorizationRequiredError} `not_installed`, `reauthorization_required`; `not_installed` also when
 * somebody else logged in, or the tokens given are somebody else's, than the installation that was named
 * @throws {ConfigurationError} for options that do not fit, several installations without a name, or a store without
 * `list` and no name
 * @throws {TokenEndpointError} when no token can be had
 * @throws {StoreError}
 * @throws as `login()`, with `login-and-refresh`
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
  switch (options.mode) {
    case 'off':
      return oauth.withAccessToken(options)
    case 'refresh':
      return refreshed(oauth, options)
    case 'login-and-refresh':
      return loggedIn(oauth, options)
    default:
      throw new ConfigurationError(['connect(): mode must be off, refresh or login-and-refresh'])
  }
}

async function refreshed(oauth: PipedriveOAuth, options: RefreshOptions): Promise<Installation> {
  try {
    return await usable(oauth, options.installation)
  } catch (error) {
    const response = tokenResponseOf(options)
    if (!(error instanceof ReauthorizationRequiredError) || response === undefined) throw error
    const { installation } = await oauth.adopt(
      response,
      options.obtainedAt === undefined ? {} : { obtainedAt: options.obtainedAt },
    )
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
    const { installation } = await login(oauth, options.login)
    expectWanted(installation, options.installation)
    return installation
  }
}

/** What is stored, with a valid token at hand. */
async function usable(oauth: PipedriveOAuth, id: InstallationId | undefined): Promise<Installation> {
  const installation = await storedInstallation(oauth, id)
  if (installation === undefined) throw new ReauthorizationRequiredError('not_installed', id)
  await installation.accessToken()
  return installation
}

/** A refresh token alone is a token response whose access token is over. */
function tokenResponseOf({ refreshToken, tokenResponse }: RefreshOptions): unknown {
  if (refreshToken === undefined) return tokenResponse
  return { access_token: 'none', expires_in: 0, refresh_token: refreshToken }
}

/** What has come of tokens is stored under the name of whose they are, whoever was meant. */
function expectWanted(installation: Installation, wanted: InstallationId | undefined): void {
  if (wanted !== undefined && installation.id !== wanted)
    throw new ReauthorizationRequiredError('not_installed', wanted)
}
