/** The dates of a row, in epoch milliseconds. Undefined: the row has none, or it cannot be read. */
export interface TokenDates {
  readonly expiresAt: number | undefined
  readonly obtainedAt: number | undefined
  readonly updatedAt: number | undefined
  readonly refreshTokenExpiresAt: number | undefined
}

/** The lifetime of an access token. */
const accessTokenMs = 3_600_000
/** The lifetime of a refresh token that nobody uses. */
const refreshTokenMs = 60 * 86_400_000

/**
 * Returns when the tokens of a row were received. Undefined: no date says so. A row may have been updated later than its tokens,
 * and never earlier: `updatedAt` alone says nothing of their age.
 */
export function receivedAt(dates: TokenDates, now: number): number | undefined {
  const { expiresAt, obtainedAt, updatedAt, refreshTokenExpiresAt } = dates
  if (obtainedAt !== undefined) return Math.min(obtainedAt, now)
  const byExpiry = expiresAt === undefined ? undefined : expiresAt - accessTokenMs
  const byRefresh = refreshTokenExpiresAt === undefined ? undefined : refreshTokenExpiresAt - refreshTokenMs
  const received = updatedAt === undefined ? (byRefresh ?? byExpiry) : (byExpiry ?? byRefresh)
  return received === undefined ? undefined : Math.min(received, updatedAt ?? now, now)
}

/** Returns how long the access token lives from when it was received, in seconds. 0 if that is unknown. */
export function lifetimeOf(
  { expiresAt, obtainedAt }: TokenDates,
  received: number | undefined,
  expiresIn: number,
): number {
  if (expiresAt === undefined) return obtainedAt === undefined ? 0 : expiresIn
  return received === undefined ? 0 : Math.floor(Math.max(0, expiresAt - received) / 1_000)
}
