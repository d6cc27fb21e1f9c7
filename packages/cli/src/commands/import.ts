import type { PipedriveOAuth } from '@pd/oauth-core'
import { CliError } from '../cli-error.ts'
import type { CommandContext } from '../command-context.ts'
import { ExitCode } from '../exit-code.ts'
import type { Program } from '../global-options.ts'
import { databaseAddress } from '../import/database-address.ts'
import { knownInstallations, namelessRows, type KnownInstallations } from '../import/known-installations.ts'
import { readImportKeys } from '../import/import-keys.ts'
import { columnLines, lackLines } from '../import/import-report.ts'
import { importRow, type Imported, type ReadRow } from '../import/import-row.ts'
import { rowsOfDatabase } from '../import/rows-of-database.ts'
import type { PlacedRow } from '../import/placed-row.ts'
import { rowsOfText } from '../import/rows-of-text.ts'
import { sourceText } from '../import/source-text.ts'
import { readTokenRow, type RowContext, type TokenRow } from '../import/token-row.ts'
import { withoutRepeats } from '../import/without-repeats.ts'
import type { Output } from '../output.ts'
import type { RunCommand } from '../run-command.ts'
import { printable } from '../show/printable.ts'

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
    .option('--dry-run', 'check the form of every row; ask Pipedrive nothing, and write nothing')
    .option('--verify', 'ask Pipedrive about every row: whether its grant is alive, and whose it is')
    .option('--json', 'print JSON')
    .action(
      run(async (context, source, { table, provider, dryRun = false, verify = false, json = false }) => {
        const { output } = context
        if (dryRun && verify)
          throw new CliError(
            ExitCode.usage,
            'Give either --dry-run, which asks nothing, or --verify, not both.',
          )
        const rows = await rowsOf(source, table, context)
        if (rows.length === 0)
          throw new CliError(ExitCode.configuration, `There are no rows in ${nameOf(source)}.`)
        const rowContext = { now: Date.now(), keys: readImportKeys(process.env), provider }
        const readRows = withoutRepeats(rows.map((row) => readPlacedRow(row, rowContext)))
        const tokenRows = readRows.flatMap(tokenRowOf)
        warnOfNameless(tokenRows, output)
        const oauth = dryRun || tokenRows.length === 0 ? undefined : await context.oauth()
        const results = await importRows(readRows, oauth, verify, context.signal)
        const count = (outcome: Imported['outcome']) =>
          results.filter((result) => result.outcome === outcome).length
        if (json) output.json(results)
        else
          for (const { place, problem, id, reference } of results)
            if (problem !== undefined) output.result(`${named(place, id, reference)}: ${problem}`)
        for (const { place, warnings = [] } of results)
          for (const warning of warnings) output.warning(`${place}: ${warning}`)
        if (dryRun) for (const line of dryRunLines(tokenRows)) output.message(line)
        output.message(summary(count, dryRun))
        const undated = results.filter(({ isUndated }) => isUndated).length
        if (undated > 0) output.message(undatedText(undated))
        return count('failed') > 0 ? ExitCode.incomplete : ExitCode.ok
      }),
    )
}

function summary(count: (outcome: Imported['outcome']) => number, dryRun: boolean): string {
  const skipped =
    count('skipped') > 0 ? `, ${count('skipped')} skipped (of another provider, or deleted)` : ''
  const repeated =
    count('repeated') > 0
      ? `, ${count('repeated')} left out (another row has the same user or the same refresh token)`
      : ''
  const notTried = count('not_tried') > 0 ? `, ${count('not_tried')} not tried` : ''
  if (dryRun)
    return `${count('valid')} can be imported, ${count('failed')} cannot${skipped}${repeated}${notTried}. Only the form was checked: Pipedrive was not asked, and nothing was written.`
  const ended = count('ended') > 0 ? `, ${count('ended')} kept because Pipedrive has ended the grant` : ''
  return `${count('created') + count('replaced')} imported, ${count('kept')} kept because the stored ones are as new or newer${ended}, ${count('failed')} failed${skipped}${repeated}${notTried}.`
}

function undatedText(count: number): string {
  return (
    `${count} of the kept rows ${count === 1 ? 'does' : 'do'} not say when the tokens were received (updated_at alone does not), and such a row ` +
    'replaces nothing. To take one all the same, add a column obtained_at, or remove the stored installation first: pd-oauth forget <id>'
  )
}

function dryRunLines(rows: readonly TokenRow[]): string[] {
  const [columns, lacks] = [columnLines(rows), lackLines(rows)]
  return [
    ...(columns.length === 0 ? [] : ['These columns are read:', ...columns]),
    ...(lacks.length === 0 ? [] : ['Rows that lack something:', ...lacks]),
  ]
}

function named(place: string, id: string | undefined, reference: string | undefined): string {
  const names = [id, reference].filter((name) => name !== undefined)
  return names.length === 0 ? place : `${place} (${printable(names.join(', '))})`
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

/** Imports the rows, a batch at a time. After an interruption it finishes the batch, and the other rows are `not_tried`. */
async function importRows(
  rows: readonly ReadRow[],
  oauth: PipedriveOAuth | undefined,
  verify: boolean,
  signal: AbortSignal,
): Promise<Imported[]> {
  const known: KnownInstallations =
    oauth === undefined ? new Map() : await knownInstallations(rows.flatMap(tokenRowOf), oauth, verify)
  const results: Imported[] = []
  while (results.length < rows.length && !signal.aborted) {
    const batch = rows.slice(results.length, results.length + concurrency).map((row) => {
      const stored = 'tokens' in row.read ? known.get(row.read) : undefined
      return importRow(row, { oauth, verify, stored })
    })
    results.push(...(await Promise.all(batch)))
  }
  return results.concat(rows.slice(results.length).map(({ place }) => ({ place, outcome: 'not_tried' })))
}

function nameOf(source: string): string {
  return source === '-' ? 'standard input' : source
}
