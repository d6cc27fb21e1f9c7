import type { Adoption, InstallationId } from '@pd/oauth-core'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import { errorText } from '../error-text.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { databaseAddress } from '../import/database-address.ts'
import { knownInstallations, namelessRows, type KnownInstallations } from '../import/known-installations.ts'
import { readImportKeys } from '../import/import-keys.ts'
import { rowsOfDatabase } from '../import/rows-of-database.ts'
import { rowsOfText, type PlacedRow } from '../import/rows-of-text.ts'
import { sourceText } from '../import/source-text.ts'
import { readTokenRow, type RowContext, type TokenRow } from '../import/token-row.ts'
import type { Output } from '../output.ts'
import type { RunCommand } from '../run-command.ts'

/** The result of one row. */
interface Imported {
  readonly place: string
  /** What `oauth.adopt()` did. `valid`: without --dry-run the row would be adopted. */
  /** `skipped`: a row of another provider in a table of accounts, or a deleted connection. */
  readonly outcome: Adoption['outcome'] | 'valid' | 'failed' | 'skipped'
  readonly id?: InstallationId
  readonly problem?: string
  /** What could not be used. */
  readonly warnings?: readonly string[]
}

/** How many rows are adopted at once. */
const concurrency = 8

export function addImport(program: Program, run: RunCommand): void {
  program
    .command('import')
    .description(
      'adopt tokens held elsewhere: those of the official SDK, of the app scaffold (create-pipedrive-app), of Auth.js, better-auth, Nango or a driver of CData',
    )
    .argument(
      '[source]',
      'JSON or CSV file; database: sqlite:<path>, postgres://… or env:<variable> with such an address; - is standard input',
      '-',
    )
    .option(
      '--table <name>',
      'table of the database (default: pipedrive_tokens, installations, tokens, account, accounts or nango._nango_connections)',
    )
    .option(
      '--provider <name>',
      'in a table of accounts, read the rows of this provider (default: those with pipedrive in the name)',
    )
    .option('--dry-run', 'check every row and write nothing')
    .option('--json', 'print JSON')
    .action(
      run(async (context, source, { table, provider, dryRun = false, json = false }) => {
        const { output } = context
        const rows = await rowsOf(source, table, context)
        if (rows.length === 0)
          throw new CliError(ExitCode.configuration, `There are no rows in ${nameOf(source)}.`)
        const rowContext = { now: Date.now(), keys: readImportKeys(process.env), provider }
        const readRows = rows.map((row) => readPlacedRow(row, rowContext))
        warnOfNameless(readRows.flatMap(tokenRowOf), output)
        const results = await importRows(readRows, dryRun, context)
        const count = (outcome: Imported['outcome']) =>
          results.filter((result) => result.outcome === outcome).length
        if (json) output.json(results)
        else
          for (const { place, problem, id } of results)
            if (problem !== undefined)
              output.result(`${place}${id === undefined ? '' : ` (${id})`}: ${problem}`)
        for (const { place, warnings = [] } of results)
          for (const warning of warnings) output.warning(`${place}: ${warning}`)
        output.message(summary(count, dryRun))
        return count('failed') > 0 ? ExitCode.incomplete : ExitCode.ok
      }),
    )
}

function summary(count: (outcome: Imported['outcome']) => number, dryRun: boolean): string {
  const skipped =
    count('skipped') > 0 ? `, ${count('skipped')} skipped (of another provider, or deleted)` : ''
  return dryRun
    ? `${count('valid')} can be imported, ${count('failed')} cannot${skipped}. Nothing was written.`
    : `${count('created') + count('replaced')} imported, ${count('kept')} kept because the stored ones are as new or newer, ${count('failed')} failed${skipped}.`
}

async function rowsOf(
  source: string,
  table: string | undefined,
  { input }: CommandContext,
): Promise<readonly PlacedRow[]> {
  const database = databaseAddress(source)
  if (database !== undefined) return rowsOfDatabase(database, table)
  if (table !== undefined)
    throw new CliError(
      ExitCode.usage,
      `--table is only for databases, such as sqlite:${source === '-' ? 'data.db' : source}`,
    )
  return rowsOfText(await sourceText(source, input))
}

interface ReadRow {
  readonly place: string
  readonly read: ReturnType<typeof readTokenRow>
}

function readPlacedRow({ place, row, problem }: PlacedRow, context: RowContext): ReadRow {
  return { place, read: problem === undefined ? readTokenRow(row, context) : { problem } }
}

function tokenRowOf({ read }: ReadRow): TokenRow[] {
  return 'tokens' in read ? [read] : []
}

function warnOfNameless(rows: readonly TokenRow[], output: Output): void {
  const { length: count } = namelessRows(rows)
  if (count === 0) return
  output.warning(
    `${count === 1 ? '1 row has' : `${count} rows have`} neither ids nor a reference of its own. Where Pipedrive replaces refresh tokens, ` +
      'a second import of such a row can disconnect its user. Add a reference (your own name of the user) or company_id and user_id to ' +
      'each row before the first import, or import the source once only.',
  )
}

async function importRows(
  rows: readonly ReadRow[],
  dryRun: boolean,
  context: CommandContext,
): Promise<Imported[]> {
  const results: Imported[] = []
  const tokenRows = rows.flatMap(tokenRowOf)
  const known = dryRun ? new Map() : await knownInstallations(tokenRows, () => context.oauth())
  for (let next = 0; next < rows.length; next += concurrency) {
    context.signal.throwIfAborted()
    const batch = rows.slice(next, next + concurrency)
    results.push(...(await Promise.all(batch.map((row) => importRow(row, known, dryRun, context)))))
  }
  return results
}

async function importRow(
  { place, read }: ReadRow,
  known: KnownInstallations,
  dryRun: boolean,
  context: CommandContext,
): Promise<Imported> {
  if ('problem' in read) return { place, outcome: 'failed', problem: read.problem }
  if ('isForeign' in read) return { place, outcome: 'skipped' }
  const warned = read.warnings.length > 0 && { warnings: read.warnings }
  if (dryRun) return { place, outcome: 'valid', ...warned }
  const stored = known.get(read)
  if (stored !== undefined) return { place, outcome: 'kept', id: stored, ...warned }
  const { account } = read.options
  const named: InstallationId | undefined = account && `${account.companyId}:${account.userId}`
  const oauth = await context.oauth()
  try {
    const { installation, outcome } = await oauth.adopt(read.tokens, read.options)
    return { place, outcome, id: installation.id, ...warned }
  } catch (error) {
    context.signal.throwIfAborted()
    return {
      place,
      outcome: 'failed',
      ...(named && { id: named }),
      ...warned,
      problem: errorText(error).split('\n')[0] ?? '',
    }
  }
}

function nameOf(source: string): string {
  return source === '-' ? 'standard input' : source
}
