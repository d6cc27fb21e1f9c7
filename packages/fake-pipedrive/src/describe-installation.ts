import type { Backend } from './backend.ts'
import { installationIdOf } from './directory.ts'
import type { Grant } from './grants.ts'
import type { Installation } from './installation.ts'

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
