import type { Account, AdoptOptions } from '@pd/oauth-core'
import { decryptScaffold, looksEncrypted } from './scaffold-cipher.ts'
import { readInstant } from './instant.ts'

/** A row as `oauth.adopt()` takes it. */
export interface TokenRow {
  readonly tokenResponse: Readonly<Record<string, unknown>>
  readonly options: AdoptOptions
}

/** Why a row cannot be taken over, in a sentence without anything of what it holds. */
export interface RowProblem {
  readonly problem: string
}

export interface RowContext {
  /** When the tokens of rows that do not say so were had, at the latest; in epoch milliseconds. */
  readonly obtainedAt: number
  /** Now, in epoch milliseconds. */
  readonly now: number
  /** The key that the scaffold's application encrypts tokens with: 32 bytes. */
  readonly encryptionKey: Buffer | undefined
}

/** Access tokens live so long, refresh tokens so long without use. */
const accessTokenMs = 3_600_000
const refreshTokenMs = 60 * 86_400_000

/** What each value is called: by the token endpoint and the SDK, by the app scaffold, and in camel case. */
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

/** Columns without which no row of a table can be taken over. */
export const neededColumns = [names.accessToken, names.refreshToken] as const

/**
 * Reads a row: a token response as the official SDK keeps it, or a row of the app scaffold's table. Without a word on
 * when the access token expires it counts as expired, so that the first use refreshes.
 */
export function readTokenRow(row: unknown, context: RowContext): TokenRow | RowProblem {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { problem: 'is not an object' }
  const get = (name: keyof typeof names): unknown =>
    names[name].map((key): unknown => Reflect.get(row, key)).find((value) => value != null && value !== '')
  const accessToken = tokenOf(get('accessToken'), context)
  const refreshToken = tokenOf(get('refreshToken'), context)
  const companyId = wholeNumberOf(get('companyId'))
  const userId = wholeNumberOf(get('userId'))
  const dates = [get('expiresAt'), get('obtainedAt'), get('refreshTokenExpiresAt')]
  const [expiresAt, said, lapsesAt] = dates.map(readInstant)
  const problems = [
    ...(accessToken.problem === undefined ? [] : [`its access token ${accessToken.problem}`]),
    ...(refreshToken.problem === undefined ? [] : [`its refresh token ${refreshToken.problem}`]),
    ...(Number.isNaN(companyId) || Number.isNaN(userId)
      ? ['its company id and user id are not positive whole numbers']
      : []),
    ...((companyId === undefined) === (userId === undefined)
      ? []
      : ['it has one of company id and user id, not both']),
    ...(dates.some((value, index) => value !== undefined && [expiresAt, said, lapsesAt][index] === undefined)
      ? ['one of its dates is none']
      : []),
  ]
  if (problems.length > 0) return { problem: problems.join('; ') }

  const obtainedAt = Math.min(
    said ??
      (lapsesAt === undefined ? undefined : lapsesAt - refreshTokenMs) ??
      (expiresAt === undefined ? context.obtainedAt : expiresAt - accessTokenMs),
    context.now,
  )
  // Without a date of its own, `expires_in` counts from nowhere.
  const lifetimeMs = expiresAt === undefined ? 0 : Math.max(0, expiresAt - obtainedAt)
  const isCounted = said !== undefined && expiresAt === undefined
  const expiresIn = isCounted ? (get('expiresIn') ?? 0) : Math.floor(lifetimeMs / 1_000)
  const account: Account | undefined =
    companyId === undefined || userId === undefined ? undefined : { companyId, userId }
  return {
    tokenResponse: {
      access_token: accessToken.token,
      refresh_token: refreshToken.token,
      token_type: 'Bearer',
      expires_in: expiresIn,
      scope: get('scope'),
      api_domain: get('apiDomain'),
    },
    options: { obtainedAt, ...(account && { account }) },
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
    return { problem: 'is encrypted: set ENCRYPTION_KEY to what the application has' }
  const token = decryptScaffold(value, encryptionKey)
  return token === undefined ? { problem: 'does not open with this ENCRYPTION_KEY' } : { token }
}

/** NaN: it is there, and no id. */
function wholeNumberOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : Number.NaN
}
