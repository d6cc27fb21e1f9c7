import { ConfigurationError, type InstallationId, type StoredRecord, type TokenStore } from '@pd/oauth-core'
import type { ListQuery } from '@pd/oauth-core/adapter'
import { createTable } from './create-table.ts'
import { withRemedies } from './refusal.ts'
import { driverProblems, type SqlDriver, type SqlRow, type SqlValue } from './sql-driver.ts'
import { statementsFor, type Statements } from './statements.ts'
import { defaultTable, tableOf, tableProblems } from './table.ts'

export interface SqlStoreOptions {
  /**
   * The table of the installations. Each app needs a table of its own. 1 to 48 letters, digits and `_`, beginning with a
   * letter; in PostgreSQL also `schema.table`. Always quoted. Default: `pd_oauth_installations`.
   */
  readonly table?: string | undefined
}

/** A store in SQL. It has no `changed` and no `watch`, so callers that wait for another process poll. */
export interface SqlStore extends Required<Omit<TokenStore, 'changed' | 'watch' | 'check'>> {
  /**
   * Creates the table and its indexes if they are missing. If they exist, it only reads. It does not change a table that
   * exists. Any number of processes may call it at once. If a migration tool creates your tables, use `migrations()`
   * instead.
   * @throws {ConfigurationError} `invalid_configuration`, if the table is missing and may not be created, lacks columns,
   * or may not be read
   */
  createTable(): Promise<void>
}

/**
 * Creates a store that keeps installations in one table of a SQL database, through your driver. Its methods throw
 * `ConfigurationError` while the database refuses what no retry can mend: the table or a column is missing, the role
 * lacks a right, or a SQLite database can only be read. Every other error of the database passes through.
 *
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 * import { sqlStore } from '@pd/oauth-sql'
 * import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
 *
 * const store = sqlStore(nodeSqliteDriver('installations.db'))
 * await store.createTable()
 * const oauth = new PipedriveOAuth({
 *   clientId: 'from the Developer Hub',
 *   clientSecret: 'from the Developer Hub',
 *   redirectUri: 'https://app.example.com/pipedrive/callback',
 *   secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
 *   store,
 * })
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if the driver or an option cannot be used
 */
export function sqlStore(given: SqlDriver, options: SqlStoreOptions = {}): SqlStore {
  const problems = [...driverProblems(given), ...optionProblems(given, options)]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const table = tableOf(options.table ?? defaultTable)
  const driver = withRemedies(given, table)
  const statements = statementsFor(table, driver.dialect)

  const get = async (id: InstallationId) => {
    const [row] = await driver.all(statements.get, [id])
    return row && recordOf(row)
  }
  const write = async (sql: string, params: readonly SqlValue[]) => {
    const changes = Number((await driver.run(sql, params)).changes)
    if (changes !== 0 && changes !== 1)
      throw new Error(
        `The driver's run() returned ${changes} changed rows for a statement that changes at most one.`,
      )
    return changes === 1
  }

  return {
    get,

    async compareAndSet(id, expected, next) {
      if (next === undefined)
        return expected === undefined
          ? (await get(id)) === undefined
          : write(statements.delete, [id, expected])
      const { version, value, dueAt = null } = next
      const attention = next.attention === true ? 1 : 0
      return expected === undefined
        ? write(statements.insert, [id, companyOf(id), version, value, dueAt, attention])
        : write(statements.update, [version, value, dueAt, attention, id, expected])
    },

    async due(before, limit) {
      return idsOf(await driver.all(statements.due, [finite(before), rowLimit(limit)]))
    },

    async list({ limit, ...query }) {
      const count = rowLimit(limit)
      const [sql, params] = pageOf(query, statements)
      const rows = await driver.all(sql, [...params, count + 1])
      const ids = idsOf(rows.slice(0, count))
      const last = ids.at(-1)
      return rows.length > count && last !== undefined ? { ids, cursor: last } : { ids }
    },

    async count(query) {
      const [row] = await ('attention' in query
        ? driver.all(statements.countAttention, [])
        : driver.all(statements.countDue, [finite(query.dueBefore)]))
      if (row?.['total'] === undefined) throw foreignRow()
      // Some drivers return numbers as text.
      return Number(row['total'])
    },

    createTable: () => createTable(driver, table, statements),
  }
}

function optionProblems(driver: SqlDriver, options: SqlStoreOptions): string[] {
  const { table = defaultTable, ...others } = Object(options) as SqlStoreOptions
  return [
    ...tableProblems(table, (Object(driver) as SqlDriver).dialect),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ].map((text) => `sqlStore(): ${text}`)
}

/** Returns the statement of a page, and its parameters without the limit. */
function pageOf(
  { companyId, attention, cursor = '' }: Omit<ListQuery, 'limit'>,
  { list, listCompany, listAttention, listCompanyAttention }: Statements,
): readonly [sql: string, params: readonly SqlValue[]] {
  if (companyId !== undefined) return [attention ? listCompanyAttention : listCompany, [companyId, cursor]]
  if (!attention) return [list, [cursor]]
  return [listAttention, [cursor === '' ? 0 : companyOf(cursor), cursor]]
}

function recordOf({ version, value, due_at: dueAt, attention }: SqlRow): StoredRecord {
  if (typeof version !== 'string' || typeof value !== 'string') throw foreignRow()
  // Some drivers return numbers as text.
  return {
    version,
    value,
    ...(dueAt === null ? {} : { dueAt: Number(dueAt) }),
    ...(Number(attention) === 1 ? { attention: true } : {}),
  }
}

function foreignRow(): Error {
  return new Error("The driver's all() returned a row without the columns of the query.")
}

function idsOf(rows: readonly SqlRow[]): InstallationId[] {
  return rows.map(({ id }) => id as InstallationId)
}

function companyOf(id: string): number {
  return Number(id.slice(0, id.indexOf(':')))
}

/** Some databases receive parameters as JSON, which has no Infinity. */
function finite(instant: number): number {
  return Math.min(instant, Number.MAX_VALUE)
}

const mostRows = 1_000_000

/** A whole number of rows, 0 or more, because databases treat fractions and negative limits differently. */
function rowLimit(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 0), mostRows)
}
