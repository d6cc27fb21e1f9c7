import type { InstallationDescription, InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import type { TokenRow } from './token-row.ts'

/** The installations into which rows were imported before, if what is stored there is as new or newer. */
export type KnownInstallations = ReadonlyMap<TokenRow, InstallationId>

/**
 * Finds the installations of rows about which Pipedrive would be asked: all of them with `verifies`, else those that do not say
 * whose they are, or have no access token. The refresh token may be one that an earlier import has used. So it is not sent for a
 * row whose installation has tokens, unless the row has an access token and is newer. The installation is the one with the ids
 * of the row, else the one with its reference, if no other row and no other installation has this reference.
 */
export async function knownInstallations(
  rows: readonly TokenRow[],
  oauth: PipedriveOAuth,
  verifies: boolean,
): Promise<KnownInstallations> {
  const unsafe = new Set(namelessRows(rows))
  const asked = rows.filter(
    (row) =>
      !unsafe.has(row) && (verifies || row.options.account === undefined || 'refreshToken' in row.tokens),
  )
  if (asked.length === 0) return new Map()
  const stored = await storedInstallations(oauth)
  const byId = Map.groupBy(stored, ({ id }) => id)
  const byReference = Map.groupBy(stored, ({ reference }) => reference)
  return new Map(
    asked.flatMap((row): [TokenRow, InstallationId][] => {
      const { account, reference, obtainedAt } = row.options
      const found =
        account === undefined
          ? byReference.get(reference)
          : byId.get(`${account.companyId}:${account.userId}`)
      const [installation, ...others] = found ?? []
      if (installation?.refreshedAt === undefined || others.length > 0) return []
      const isNewer =
        !('refreshToken' in row.tokens) && obtainedAt !== undefined && obtainedAt > installation.refreshedAt
      return isNewer ? [] : [[row, installation.id]]
    }),
  )
}

/** Returns the rows that no import can know again: they have neither ids nor a reference that no other row has. */
export function namelessRows(rows: readonly TokenRow[]): TokenRow[] {
  const rowsOfName = Map.groupBy(rows, ({ options }) => options.reference)
  return rows.filter(({ options: { account, reference } }) => {
    const isNamed = reference !== undefined && rowsOfName.get(reference)?.length === 1
    return account === undefined && !isNamed
  })
}

async function storedInstallations(oauth: PipedriveOAuth): Promise<readonly InstallationDescription[]> {
  const all: InstallationDescription[] = []
  for await (const installation of oauth.installations())
    if (installation.status !== 'unreadable') all.push(installation)
  return all
}
