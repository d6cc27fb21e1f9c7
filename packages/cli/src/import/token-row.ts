import type { Account } from '@pd/oauth-core'
import type { AdoptOptions } from '@pd/oauth-core/adapter'
import { decryptScaffold, looksEncrypted } from './scaffold-cipher.ts'
import { readInstant } from './instant.ts'

/** The arguments of `oauth.adopt()` for a row. */
export interface TokenRow {
  /** A token response, or `{ refreshToken }` for a row without an access token. */
  readonly tokens: Readonly<Record<string, unknown>>
  readonly options: AdoptOptions
}

/** Why a row cannot be adopted, in a sentence that repeats nothing from the row. */
export interface RowProblem {
  readonly problem: string
}

export interface RowContext {
  /** Now, in epoch milliseconds. */
  readonly now: number
  /** The 32 bytes with which the scaffold's application encrypts tokens; undefined if none was given. */
  readonly encryptionKey: Buffer | undefined
}

/** The lifetime of an access token. */
const accessTokenMs = 3_600_000
/** The lifetime of a refresh token that nobody uses. */
const refreshTokenMs = 60 * 86_400_000

/** The names of each value: those of the token endpoint and the SDK, those of the app scaffold, and camel case. */
const names = {
  companyId: ['company_id', 'pipedrive_company_id', 'companyId', 'pipedriveCompanyId'],
  userId: ['user_id', 'pipedrive_user_id', 'userId', 'pipedriveUserId'],
  accessToken: ['access_token', 'accessToken'],
  refreshToken: ['refresh_token', 'refreshToken'],
  scope: ['scope', 'scopes'],
  apiDomain: ['api_domain', 'apiDomain'],
  expiresIn: ['expires_in', 'expiresIn'],
  expiresAt: ['expires_at', 'access_token_expires_at', 'expiresAt', 'accessTokenExpiresAt'],
  obtainedAt: ['obtained_at', 'updated_at', 'obtainedAt', 'updatedAt'],
  refreshTokenExpiresAt: ['refresh_token_expires_at', 'refreshTokenExpiresAt'],
} as const

/** The names of the one column that a table must have. */
export const neededColumn = names.refreshToken

/**
 * Reads a row: a token response as the official SDK keeps it, or a row of the app scaffold's table. An access token whose
 * expiry is unknown counts as expired, so that its first use refreshes. A refresh token alone is refreshed by `adopt()`.
 */
export function readTokenRow(row: unknown, context: RowContext): TokenRow | RowProblem {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { problem: 'is not an object' }
  const get = (name: keyof typeof names): unknown =>
    names[name].map((key): unknown => Reflect.get(row, key)).find((value) => value != null && value !== '')
  const givenAccessToken = get('accessToken')
  const accessToken = givenAccessToken === undefined ? {} : tokenOf(givenAccessToken, context)
  const refreshToken = tokenOf(get('refreshToken'), context)
  const companyId = wholeNumberOf(get('companyId'))
  const userId = wholeNumberOf(get('userId'))
  const dates = [get('expiresAt'), get('obtainedAt'), get('refreshTokenExpiresAt')]
  const [expiresAt, datedAt, refreshTokenExpiresAt] = dates.map(readInstant)
  const instants = [expiresAt, datedAt, refreshTokenExpiresAt]
  const problems = [
    ...(accessToken.problem === undefined ? [] : [`its access token ${accessToken.problem}`]),
    ...(refreshToken.problem === undefined ? [] : [`its refresh token ${refreshToken.problem}`]),
    ...(Number.isNaN(companyId) || Number.isNaN(userId)
      ? ['its company id and user id are not positive whole numbers']
      : []),
    ...((companyId === undefined) === (userId === undefined)
      ? []
      : ['it has a company id or a user id, but not both']),
    ...(dates.some((value, index) => value !== undefined && instants[index] === undefined)
      ? ['one of its dates cannot be read']
      : []),
  ]
  if (problems.length > 0) return { problem: problems.join('; ') }

  const account: Account | undefined =
    companyId === undefined || userId === undefined ? undefined : { companyId, userId }
  if (accessToken.token === undefined)
    return { tokens: { refreshToken: refreshToken.token }, options: { account } }
  const obtainedAt =
    datedAt ??
    (refreshTokenExpiresAt === undefined ? undefined : refreshTokenExpiresAt - refreshTokenMs) ??
    (expiresAt === undefined ? undefined : expiresAt - accessTokenMs)
  // `expires_in` counts only in a row with a date: otherwise its beginning is unknown.
  const lifetimeMs =
    expiresAt === undefined || obtainedAt === undefined
      ? 0
      : Math.max(0, expiresAt - Math.min(obtainedAt, context.now))
  const isCounted = datedAt !== undefined && expiresAt === undefined
  const expiresIn = isCounted ? (get('expiresIn') ?? 0) : Math.floor(lifetimeMs / 1_000)
  return {
    tokens: {
      access_token: accessToken.token,
      refresh_token: refreshToken.token,
      token_type: 'Bearer',
      expires_in: expiresIn,
      scope: get('scope'),
      api_domain: get('apiDomain'),
    },
    options: { account, ...(obtainedAt !== undefined && { obtainedAt: Math.min(obtainedAt, context.now) }) },
  }
}

function tokenOf(
  value: unknown,
  { encryptionKey }: RowContext,
): { readonly token?: string; readonly problem?: string } {
  if (value === undefined) return { problem: 'is missing' }
  if (typeof value !== 'string') return { problem: 'is not text' }
  if (!looksEncrypted(value)) return { token: value }
  if (encryptionKey === undefined)
    return { problem: 'is encrypted: set ENCRYPTION_KEY to the value that the application uses' }
  const token = decryptScaffold(value, encryptionKey)
  return token === undefined ? { problem: 'does not open with this ENCRYPTION_KEY' } : { token }
}

/** Returns an id as a number, undefined if it is missing, and NaN if it is not a positive whole number. */
function wholeNumberOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : Number.NaN
}
