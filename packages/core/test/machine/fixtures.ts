import type { Account } from '../../src/machine/account.ts'
import type { MachineEvent } from '../../src/machine/installation/event.ts'
import type {
  Active,
  InDoubt,
  InstallationState,
  ReauthorizationRequired,
  Refreshing,
} from '../../src/machine/installation/state.ts'
import type { Tokens } from '../../src/machine/tokens.ts'

/** The present of every table: 2026-09-01, in epoch milliseconds. */
export const now = 1_788_220_800_000
export const seconds = 1_000
export const minutes = 60 * seconds
export const days = 86_400 * seconds

export const account: Account = { companyId: 123, userId: 456 }

/** Tokens of generation 0, whose access token has `ms` left. */
export function tokensWith(ms: number, changes: Partial<Tokens> = {}): Tokens {
  return {
    accessToken: 'access-0',
    refreshToken: 'refresh-0',
    scopes: ['base'],
    apiDomain: 'https://acme.pipedrive.com',
    obtainedAt: now - 60 * minutes,
    expiresAt: now + ms,
    refreshTokenExpiresAt: now + 60 * days,
    ...changes,
  }
}

/** The tokens after a refresh of those. */
export const renewedTokens: Tokens = tokensWith(60 * minutes, {
  accessToken: 'access-1',
  refreshToken: 'refresh-1',
  obtainedAt: now,
})

const installed = {
  grantId: 'grant-1',
  clientId: 'app',
  account,
  installedAt: now - 7 * days,
  generation: 0,
}

export function active(left: number, changes: Partial<Active> = {}): Active {
  return { ...installed, status: 'active', tokens: tokensWith(left), ...changes }
}

/** Held by `rival`, for another 10 s unless the changes say otherwise. */
export function refreshing(left: number, changes: Partial<Refreshing> = {}): Refreshing {
  const lease = { holder: 'rival', until: now + 10 * seconds }
  return { ...installed, status: 'refreshing', tokens: tokensWith(left), lease, ...changes }
}

export function inDoubt(left: number, until: number): InDoubt {
  return { ...installed, status: 'in_doubt', tokens: tokensWith(left), contested: true, until }
}

export const dead: ReauthorizationRequired = {
  ...installed,
  status: 'reauthorization_required',
  reason: 'invalid_grant',
  refusedAt: now,
  refused: { refreshToken: 'refresh-0', obtainedAt: now - 60 * minutes },
}

export const fresh = 60 * minutes
export const ageing = 2 * minutes
export const expired = 0
export const runOut = { holder: 'rival', until: now }
export const ownLease = { holder: 'me', until: now + 10 * seconds }

export const requested = { type: 'token_requested', at: now, clientId: 'app', by: 'me' } as const
export const rejecting = { ...requested, rejected: 'access-0' } as const
export const keptAlive = {
  type: 'keepalive_due',
  at: now,
  clientId: 'app',
  by: 'me',
  before: now + 15 * days,
} as const
const answered = { at: now, by: 'me', grantId: 'grant-1', generation: 0 } as const
export const refreshed = { type: 'refreshed', ...answered, tokens: renewedTokens } as const
export const refused = { type: 'refresh_refused', ...answered } as const
export const failed = { type: 'refresh_failed', ...answered, code: 'token_endpoint_unavailable' } as const
export const authorized = {
  type: 'authorized',
  at: now,
  grantId: 'grant-2',
  clientId: 'app',
  account,
  tokens: renewedTokens,
} as const
export const adopted = { ...authorized, type: 'adopted' } as const
export const revoked = {
  type: 'access_token_revoked',
  at: now,
  clientId: 'app',
  accessToken: 'access-0',
} as const
const noticed = { type: 'uninstalled', at: now, clientId: 'app', by: 'user' } as const
/** By a notice without a readable time. */
export const undated: MachineEvent = noticed
export const uninstalled = { ...noticed, noticeAt: now } as const

/** One of each kind that decides differently. */
export const states: readonly (InstallationState | undefined)[] = [
  undefined,
  active(fresh),
  active(ageing),
  active(expired),
  refreshing(fresh),
  refreshing(expired),
  refreshing(expired, { lease: runOut }),
  refreshing(expired, { lease: ownLease }),
  refreshing(expired, { lease: ownLease, contested: true }),
  inDoubt(expired, now + 1),
  inDoubt(fresh, now),
  dead,
]
