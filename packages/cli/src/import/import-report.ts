import type { RowColumns, TokenRow } from './token-row.ts'

/** What the columns of a source were taken for, in the order of the sentence. */
const meanings = [
  [['refreshToken'], 'the refresh token'],
  [['accessToken'], 'the access token'],
  [['companyId', 'userId'], "Pipedrive's own ids of the company and the user"],
  [['reference'], 'your own name of the user'],
  [['expiresAt'], 'when the access token expires'],
  [['expiresIn'], 'how long the access token lives'],
  [['obtainedAt'], 'when the tokens were received'],
  [['updatedAt'], 'when the tokens were received, at the latest'],
  [['refreshTokenExpiresAt'], 'when the refresh token expires'],
  [['scope'], 'the scopes'],
  [['apiDomain'], 'the address of the API'],
] as const satisfies readonly (readonly [readonly (keyof RowColumns)[], string])[]

/** Returns a line for each column from which values were taken, for a person who knows what it holds. */
export function columnLines(rows: readonly TokenRow[]): string[] {
  return meanings.flatMap(([names, meaning]) => {
    const isOfAccounts = rows.some(({ columns }) => columns.providerAccountId !== undefined)
    // In a table of accounts, the user's id is the application's own.
    if (isOfAccounts && names.some((name) => name === 'companyId')) return []
    const columns = names.map((name) =>
      [...new Set(rows.flatMap((row) => row.columns[name] ?? []))].join(', '),
    )
    const named = columns.filter((column) => column !== '')
    return named.length === 0 ? [] : [`  ${named.join(' and ')}: ${meaning}`]
  })
}

/** Returns a line for each thing that rows lack, with how many they are and what that means. */
export function lackLines(rows: readonly TokenRow[]): string[] {
  const count = (lacks: (row: TokenRow) => boolean) => rows.filter(lacks).length
  const withAccess = (row: TokenRow) => !('refreshToken' in row.tokens)
  return [
    [count((row) => !withAccess(row)), 'without an access token: the import gets one from Pipedrive'],
    [
      count((row) => withAccess(row) && row.options.obtainedAt === undefined),
      'without a date of the tokens, as updated_at alone says nothing of them: the first use refreshes, and nothing that is stored is replaced',
    ],
    [
      count((row) => withAccess(row) && row.tokens['api_domain'] === undefined),
      'without an api_domain: until the first refresh, calls go to api.pipedrive.com',
    ],
    [
      count((row) => row.options.account === undefined),
      'without ids: the import asks Pipedrive whose they are',
    ],
  ].flatMap(([number, text]) => (number === 0 ? [] : [`  ${number} ${text}`]))
}
