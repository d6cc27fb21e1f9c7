import type { User } from './directory.ts'

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
