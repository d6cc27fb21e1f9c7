import type { Backend } from './backend.ts'
import { installationIdOf, type User } from './directory.ts'
import type { Grant } from './grants.ts'

/** An installation as the server sees it. Shows tokens in full: this is a fake. */
export interface Installation {
  /** `companyId:userId`. */
  readonly id: string
  readonly user: User
  readonly scopes: readonly string[]
  readonly refreshToken: string
  /** Access tokens that the API takes now, oldest first. */
  readonly accessTokens: readonly string[]
  /** When each of `accessTokens` expires, in the same order. Epoch milliseconds, as the three below. */
  readonly accessTokensExpireAt: readonly number[]
  readonly installedAt: number
  readonly refreshedAt: number
  /** When the refresh token lapses if nobody uses it. */
  readonly lapsesAt: number
}

/** An installation that is there from the beginning. Of its user, only the ids are read. */
export type InstallationInput = Omit<Installation, 'id' | 'user'> & {
  readonly user: Pick<User, 'id' | 'companyId'>
}

/** Describes a grant as it is now. */
export function describeInstallation({ grants }: Backend, grant: Grant): Installation {
  const { user, scopes, refreshToken, installedAt, refreshedAt, lapsesAt } = grant
  const live = grants.liveAccessTokens(user)
  return {
    id: installationIdOf(user),
    user,
    scopes,
    refreshToken,
    accessTokens: live.map((access) => access.token),
    accessTokensExpireAt: live.map((access) => access.expiresAt),
    installedAt,
    refreshedAt,
    lapsesAt,
  }
}

/**
 * Takes up an installation where another fake left it.
 * @throws {Error} when its user is nobody here, or has another installation already
 */
export function restoreInstallation({ directory, grants }: Backend, input: InstallationInput): void {
  const user = directory.user(installationIdOf(input.user))
  if (grants.installed(user))
    throw new Error(`Fake Pipedrive has two installations of ${installationIdOf(user)}`)
  const { scopes, refreshToken, installedAt, refreshedAt, lapsesAt } = input
  const tokens = input.accessTokens.map((token, index) => ({
    token,
    expiresAt: input.accessTokensExpireAt[index] ?? 0,
  }))
  grants.restore({ user, scopes, refreshToken, installedAt, refreshedAt, lapsesAt }, tokens)
}
