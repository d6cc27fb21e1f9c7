import type { InstallationDescription, InstallationId, PipedriveOAuth } from '@pd/oauth-core'
import type { TokenRow } from './token-row.ts'

/** The installations into which rows were imported before, if what is stored there is as new or newer. */
export type KnownInstallations = ReadonlyMap<TokenRow, InstallationId>

/**
 * Finds the installations of rows that do not say whose they are. To ask Pipedrive would need a refresh, with a refresh
 * token that an earlier import may have used. What such a row says is the application's own name of the user: if one row
 * and one installation have this name, and the row is not newer, nothing is asked.
 */
export async function knownInstallations(
  rows: readonly TokenRow[],
  oauth: () => Promise<PipedriveOAuth>,
): Promise<KnownInstallations> {
  const unnamed = rows.filter(
    ({ options }) => options.account === undefined && options.reference !== undefined,
  )
  if (unnamed.length === 0) return new Map()
  const rowsOfName = Map.groupBy(rows, ({ options }) => options.reference)
  const stored = await installationsByReference(await oauth())
  return new Map(
    unnamed.flatMap((row): [TokenRow, InstallationId][] => {
      const { reference, obtainedAt } = row.options
      const [installation, ...others] = stored.get(reference) ?? []
      const isOne = others.length === 0 && rowsOfName.get(reference)?.length === 1
      if (installation?.refreshedAt === undefined || !isOne) return []
      const isNewer = obtainedAt !== undefined && obtainedAt > installation.refreshedAt
      return isNewer ? [] : [[row, installation.id]]
    }),
  )
}

async function installationsByReference(
  oauth: PipedriveOAuth,
): Promise<ReadonlyMap<string | undefined, readonly InstallationDescription[]>> {
  const all: InstallationDescription[] = []
  for await (const installation of oauth.installations())
    if (installation.status !== 'unreadable') all.push(installation)
  return Map.groupBy(all, ({ reference }) => reference)
}
