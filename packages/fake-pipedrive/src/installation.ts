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
  /** Epoch milliseconds, as the two below. */
  readonly installedAt: number
  readonly refreshedAt: number
  /** When the refresh token lapses if nobody uses it. */
  readonly lapsesAt: number
}

/** Describes a grant as it is now. */
export function describeInstallation({ grants }: Backend, grant: Grant): Installation {
  const { user, scopes, refreshToken, installedAt, refreshedAt, lapsesAt } = grant
  return {
    id: installationIdOf(user),
    user,
    scopes,
    refreshToken,
    accessTokens: grants.liveAccessTokens(user).map((access) => access.token),
    installedAt,
    refreshedAt,
    lapsesAt,
  }
}
