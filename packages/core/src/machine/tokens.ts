import type { Policy } from './policy.ts'

/** What one grant gives, with absolute times (epoch milliseconds), so that a restart changes nothing. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly scopes: readonly string[]
  /** The origin API calls go to, for example `https://acme.pipedrive.com`. */
  readonly apiDomain: string
  readonly obtainedAt: number
  readonly expiresAt: number
  /** When the refresh token expires if nobody uses it. */
  readonly refreshTokenExpiresAt: number
}

/** An access token, and the origin it may be sent to. */
export type BearerToken = Pick<Tokens, 'accessToken' | 'apiDomain'>

/** What an answer to a refresh says. What it leaves out stays as it was. */
export type RenewedTokens = Pick<
  Tokens,
  'accessToken' | 'obtainedAt' | 'expiresAt' | 'refreshTokenExpiresAt'
> &
  Partial<Pick<Tokens, 'refreshToken' | 'scopes' | 'apiDomain'>>

/**
 * The tokens after a refresh: a refresh token, scope or API domain that the answer omits is kept.
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6)
 */
export function renewTokens(previous: Tokens, renewed: RenewedTokens): Tokens {
  return { ...previous, ...renewed }
}

/**
 * Returns when an access token is refreshed ahead, in epoch milliseconds: not before half of its life, so that no call refreshes a
 * token that has just been obtained, and at the last moment at which it may be handed out at the latest.
 */
export function refreshAheadAt(
  { obtainedAt, expiresAt }: Tokens,
  { refreshAheadMs, minimumValidityMs }: Pick<Policy, 'refreshAheadMs' | 'minimumValidityMs'>,
): number {
  const halfLifeMs = (expiresAt - obtainedAt) / 2
  return expiresAt - Math.max(Math.min(refreshAheadMs, halfLifeMs), minimumValidityMs)
}

/**
 * Returns whether an access token may be handed out: it has `minimumValidityMs` left, nobody has seen the API reject it,
 * and it was not obtained in the future, by a clock that was wrong.
 */
export function isUsable(
  tokens: Tokens,
  at: number,
  rejected: string | undefined,
  policy: Pick<Policy, 'minimumValidityMs' | 'clockSkewMs'>,
): boolean {
  return (
    tokens.accessToken !== rejected &&
    tokens.obtainedAt <= at + policy.clockSkewMs &&
    at < tokens.expiresAt &&
    at <= tokens.expiresAt - policy.minimumValidityMs
  )
}
