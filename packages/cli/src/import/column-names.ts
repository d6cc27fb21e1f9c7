import { areOfConnections, connectionColumns } from './nango-connection.ts'

/**
 * The names of each value, in lower case without `_`: those of the token endpoint and the SDK, of the app scaffold, of Auth.js,
 * of better-auth and of CData's drivers.
 */
const names = {
  companyId: ['companyid', 'pipedrivecompanyid'],
  userId: ['userid', 'pipedriveuserid'],
  accessToken: ['accesstoken', 'oauthaccesstoken'],
  refreshToken: ['refreshtoken', 'oauthrefreshtoken'],
  scope: ['scope', 'scopes'],
  apiDomain: ['apidomain'],
  expiresIn: ['expiresin'],
  expiresAt: ['expiresat', 'accesstokenexpiresat'],
  obtainedAt: ['obtainedat'],
  updatedAt: ['updatedat'],
  refreshTokenExpiresAt: ['refreshtokenexpiresat'],
  provider: ['provider', 'providerid'],
  reference: ['reference'],
  providerAccountId: ['provideraccountid', 'accountid'],
} as const

export type ValueName = keyof typeof names

/** A value of a row, and the name of its column. */
export interface Cell {
  readonly column: string
  readonly value: unknown
}

/** Returns the columns that can hold this value, in the order in which they count. */
export function columnsOf(name: ValueName, columns: readonly string[]): string[] {
  return names[name].flatMap((known) => columns.filter((column) => normalized(column) === known))
}

/** Whether these columns are those of rows with tokens. */
export function nameTokens(columns: readonly string[]): boolean {
  return columnsOf('refreshToken', columns).length > 0 || areOfConnections(columns)
}

/** Returns the columns from which an import reads. Others may hold anything. */
export function neededColumns(columns: readonly string[]): string[] {
  const known = new Set<string>([...Object.values(names).flat(), ...connectionColumns.map(normalized)])
  return columns.filter((column) => known.has(normalized(column)))
}

function normalized(column: string): string {
  return column.toLowerCase().replaceAll(/[^a-z\d]/g, '')
}
