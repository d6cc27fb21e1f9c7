import type { Backend } from './backend.ts'
import { installationIdOf, type User } from './directory.ts'
import type { Grant } from './grants.ts'

/** An installation as the server sees it, with its tokens in full. */
export interface Installation {
  /** `companyId:userId`. */
  readonly id: string
  readonly user: User
  readonly scopes: readonly string[]
  readonly refreshToken: string
  /** The access tokens that the API accepts now, oldest first. */
  readonly accessTokens: readonly string[]
  /** When each of `accessTokens` expires, in the same order. Epoch milliseconds, as the three below. */
  readonly accessTokensExpireAt: readonly number[]
  readonly installedAt: number
  readonly refreshedAt: number
  /** When the refresh token expires if nobody uses it. */
  readonly refreshTokenExpiresAt: number
}

/** An installation with which a fake begins. Only the ids of its user are read. */
export type InstallationInput = Omit<Installation, 'id' | 'user'> & {
  readonly user: Pick<User, 'id' | 'companyId'>
}

/** Returns the description of a grant as it is now. */
export function describeInstallation({ grants }: Backend, grant: Grant): Installation {
  const { user, scopes, refreshToken, installedAt, refreshedAt, refreshTokenExpiresAt } = grant
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
    refreshTokenExpiresAt,
  }
}

/**
 * Restores an installation of another fake.
 * @throws {Error} when its user is unknown, or has an installation already
 */
export function restoreInstallation({ directory, grants }: Backend, input: InstallationInput): void {
  const user = directory.user(installationIdOf(input.user))
  if (grants.installed(user))
    throw new Error(`Fake Pipedrive has two installations of ${installationIdOf(user)}`)
  const { scopes, refreshToken, installedAt, refreshedAt, refreshTokenExpiresAt } = input
  const tokens = input.accessTokens.map((token, index) => ({
    token,
    expiresAt: input.accessTokensExpireAt[index] ?? 0,
  }))
  grants.restore({ user, scopes, refreshToken, installedAt, refreshedAt, refreshTokenExpiresAt }, tokens)
}
