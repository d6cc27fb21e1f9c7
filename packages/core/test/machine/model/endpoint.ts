import type { Tokens } from '../../../src/machine/tokens.ts'

/** Pipedrive's side: one grant at a time, and the one refresh token that is good for it. */
export interface Endpoint {
  readonly kind: EndpointKind
  readonly grantId: string
  readonly alive: boolean
  readonly refreshToken: string
  /** How many answers it has given; numbers the tokens. */
  readonly issued: number
  /** When the user uninstalled the app. */
  readonly endedAt?: number
}

export type EndpointKind =
  /** A refresh gives back the same refresh token, and so does a new consent: the worst case for telling grants apart. */
  | 'constant'
  /** Each refresh token works once. */
  | 'rotating'
  /** Each refresh token works once, and a second use ends the grant. */
  | 'rotating, reuse ends the grant'

/** Later than any instant a search gets to. */
export const never = 1_000_000

/** A user consents: a new grant. */
export function grant(kind: EndpointKind, grantId: string, issued: number): Endpoint {
  return { kind, grantId, alive: true, issued, refreshToken: refreshTokenOf(kind, issued) }
}

/** Answers a refresh: the endpoint as it is afterwards, and new tokens or, for `invalid_grant`, none. */
export function answer(
  endpoint: Endpoint,
  refreshToken: string,
  lifetime: number,
  now: number,
): readonly [Endpoint, Tokens | undefined] {
  if (!endpoint.alive) return [endpoint, undefined]
  if (refreshToken !== endpoint.refreshToken)
    return [endpoint.kind === 'rotating' ? endpoint : { ...endpoint, alive: false }, undefined]
  const issued = endpoint.issued + 1
  const after = { ...endpoint, issued, refreshToken: refreshTokenOf(endpoint.kind, issued) }
  return [after, tokensOf(after, now, now + lifetime)]
}

/** The tokens of the latest answer. An access token tells its grant and its number: `g1.3`. */
export function tokensOf(endpoint: Endpoint, obtainedAt: number, expiresAt: number): Tokens {
  return {
    accessToken: `${endpoint.grantId}.${endpoint.issued}`,
    refreshToken: endpoint.refreshToken,
    scopes: ['base'],
    apiDomain: 'https://acme.pipedrive.com',
    obtainedAt,
    expiresAt: Math.min(expiresAt, never),
    refreshTokenExpiresAt: never,
  }
}

function refreshTokenOf(kind: EndpointKind, issued: number): string {
  return kind === 'constant' ? 'R' : `R${issued}`
}
