import type { Account } from '@pd/oauth-core'
import type { AdoptOptions } from '@pd/oauth-core/adapter'
import { columnsOf, neededColumns, type Cell, type ValueName } from './column-names.ts'
import { openToken } from './encrypted-token.ts'
import type { ImportKeys } from './import-keys.ts'
import { readInstant } from './instant.ts'
import { nangoConnection } from './nango-connection.ts'
import { lifetimeOf, receivedAt } from './token-dates.ts'

/** The arguments of `oauth.adopt()` for a row. */
export interface TokenRow {
  /** A token response, or `{ refreshToken }` for a row without an access token. */
  readonly tokens: Readonly<Record<string, unknown>>
  readonly options: AdoptOptions
  /** What could not be used, each a sentence that repeats no value of the row. */
  readonly warnings: readonly string[]
  /** The columns that hold a value, by what it was taken for. Empty for a connection of Nango. */
  readonly columns: RowColumns
}

export type RowColumns = Readonly<Partial<Record<ValueName, string>>>

/** Why a row cannot be adopted, in a sentence that repeats no value of the row. */
export interface RowProblem {
  readonly problem: string
}

/** A row of another provider in a table of accounts, or a deleted connection of Nango. */
export interface ForeignRow {
  readonly isForeign: true
}

export interface RowContext {
  /** Now, in epoch milliseconds. */
  readonly now: number
  readonly keys: ImportKeys
  /** The provider whose rows of a table of accounts are read. Undefined: each whose name has `pipedrive` in it. */
  readonly provider: string | undefined
}

/** The longest reference that a record can have, in characters and in bytes. */
const longestReference = 200
const longestInBytes = 600

/**
 * Reads a row: a token response as the official SDK keeps it, a row of the app scaffold's table, an account of Auth.js or
 * better-auth, or a connection of Nango. An access token whose expiry is unknown counts as expired, so that its first use refreshes. A refresh token
 * alone is refreshed by `adopt()`. A date that cannot be read counts as none.
 */
export function readTokenRow(row: unknown, context: RowContext): TokenRow | RowProblem | ForeignRow {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { problem: 'is not an object' }
  const connection = nangoConnection(row as Readonly<Record<string, unknown>>)
  if (connection === undefined) return readFlatRow(row, context)
  if (connection.isDeleted || !isWanted(connection.provider, context.provider)) return { isForeign: true }
  const opened = connection.account(context.keys)
  if ('problem' in opened) return opened
  const read = readFlatRow(opened.account, context)
  return 'tokens' in read ? { ...read, columns: {} } : read
}

function readFlatRow(row: object, context: RowContext): TokenRow | RowProblem | ForeignRow {
  const keys = Object.keys(row)
  const columns: Partial<Record<ValueName, string>> = {}
  const cell = (name: ValueName): Cell | undefined => {
    const found = columnsOf(name, keys)
      .map((column): Cell => ({ column, value: Reflect.get(row, column) }))
      .find(({ value }) => value != null && value !== '')
    if (found !== undefined) columns[name] = found.column
    return found
  }
  const get = (name: ValueName) => cell(name)?.value

  const isAccount = get('provider') !== undefined && get('providerAccountId') !== undefined
  if (isAccount && !isWanted(get('provider'), context.provider)) return { isForeign: true }
  const read = (value: unknown) => tokenOf(value, context.keys, isAccount)
  const access = get('accessToken') === undefined ? {} : read(get('accessToken'))
  const refresh = read(get('refreshToken'))
  const account = isAccount ? {} : accountOf(cell('companyId'), cell('userId'))
  const problems = [
    ...(access.problem === undefined ? [] : [`its access token ${access.problem}`]),
    ...(refresh.problem === undefined ? [] : [`its refresh token ${refresh.problem}`]),
    ...(account.problem === undefined ? [] : [account.problem]),
    ...neededColumns(keys)
      .filter((column) => textOf(Reflect.get(row, column))?.includes('\uFFFD'))
      .map((column) => `its ${column} was not in UTF-8: write the source in UTF-8, and import it again`),
  ]
  if (problems.length > 0) return { problem: problems.join('; ') }
  // In a table of accounts, this id is the application's own.
  const { reference, warnings } = referenceOf(get('reference') ?? (isAccount ? get('userId') : undefined))
  const dateIn = (name: ValueName): number | undefined => {
    const found = cell(name)
    const instant = readInstant(found?.value)
    if (found !== undefined && instant === undefined)
      warnings.push(`its ${found.column} is not a date and counts as none`)
    return instant
  }
  const dates = {
    expiresAt: dateIn('expiresAt'),
    obtainedAt: dateIn('obtainedAt'),
    // A table of accounts changes its date with every change of the row.
    updatedAt: isAccount ? undefined : dateIn('updatedAt'),
    refreshTokenExpiresAt: dateIn('refreshTokenExpiresAt'),
  }
  const obtainedAt = receivedAt(dates, context.now)
  const options = {
    account: account.account,
    ...(reference !== undefined && { reference }),
    ...(obtainedAt !== undefined && { obtainedAt }),
  }
  if (access.token === undefined)
    return { tokens: { refreshToken: refresh.token }, options, warnings, columns }
  return {
    tokens: {
      access_token: access.token,
      refresh_token: refresh.token,
      token_type: 'Bearer',
      expires_in: lifetimeOf(dates, obtainedAt, secondsOf(get('expiresIn'))),
      scope: scopeOf(get('scope')),
      api_domain: textOf(get('apiDomain')),
    },
    options,
    warnings,
    columns,
  }
}

function isWanted(provider: unknown, wanted: string | undefined): boolean {
  const name = textOf(provider) ?? ''
  return wanted === undefined ? /pipedrive/i.test(name) : name === wanted
}

function tokenOf(
  value: unknown,
  keys: ImportKeys,
  isAccount: boolean,
): { readonly token?: string; readonly problem?: string } {
  if (value === undefined) return { problem: 'is missing' }
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value
  if (typeof text !== 'string') return { problem: 'is not text' }
  if (!/^[\x21-\x7e]+$/.test(text.trim())) return { problem: 'holds characters that no token has' }
  return openToken(text.trim(), keys, isAccount) ?? { token: text.trim() }
}

/** The application's own name of the user, as text. */
function referenceOf(value: unknown): { readonly reference?: string; readonly warnings: string[] } {
  if (value === undefined) return { warnings: [] }
  const isName = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
  const reference = isName ? String(value) : ''
  const isFit =
    reference !== '' &&
    reference.length <= longestReference &&
    Buffer.byteLength(JSON.stringify(reference)) <= longestInBytes
  if (isFit) return { reference, warnings: [] }
  return {
    warnings: [`its reference is not a text of up to ${longestReference} characters and is left out`],
  }
}

function accountOf(
  company: Cell | undefined,
  user: Cell | undefined,
): { readonly account?: Account | undefined; readonly problem?: string } {
  const companyId = wholeNumberOf(company?.value)
  const userId = wholeNumberOf(user?.value)
  if (Number.isNaN(companyId) || Number.isNaN(userId))
    return {
      problem: `its ${[company?.column, user?.column].filter(Boolean).join(' and ')} must be Pipedrive's own ids, positive whole numbers; ${renaming}`,
    }
  if ((companyId === undefined) !== (userId === undefined))
    return {
      problem: `its ${(company ?? user)?.column} stands alone: Pipedrive's own company id and user id are needed together; ${renaming}`,
    }
  return companyId === undefined || userId === undefined ? {} : { account: { companyId, userId } }
}

/** What to do about columns of the same name that hold other ids. */
export const renaming =
  'if a column holds ids of your own, rename it, for example to reference: in the file, or in a view of the table, which --table names'

/** Returns an id as a number, undefined if it is missing, and NaN if it is not a positive whole number in digits. */
function wholeNumberOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const number = numberOf(value)
  return Number.isSafeInteger(number) && number > 0 ? number : Number.NaN
}

/** Returns a lifetime in seconds. What is not usable counts as none, so that the first use refreshes. */
function secondsOf(value: unknown): number {
  const number = numberOf(value)
  return Number.isFinite(number) && number > 0 ? number : 0
}

/** Tables write a whole number as `1.0` as well. What JavaScript reads besides, such as `0x10` and `1e3`, is a name and no number. */
function numberOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  return typeof value === 'string' && /^\s*[1-9]\d*(\.\d+)?\s*$/.test(value) ? Number(value) : Number.NaN
}

/** Returns scopes, also of an array as PostgreSQL or JSON writes it: `{base,deals:full}`, `["base","deals:full"]`. */
function scopeOf(value: unknown): string | undefined {
  const text = Array.isArray(value) ? value.filter((part) => typeof part === 'string').join(' ') : value
  return textOf(text)
    ?.replaceAll(/[{}[\]"'\\]/g, ' ')
    .trim()
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
