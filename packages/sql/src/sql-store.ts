import {
  ConfigurationError,
  InvalidArgumentError,
  type InstallationId,
  type TokenStore,
} from '@pd/oauth-core'
import type { DueEntry, ListQuery } from '@pd/oauth-core/adapter'
import { createTable } from './create-table.ts'
import { durabilityFindings } from './durability.ts'
import { isDuplicate, withRemedies } from './refusal.ts'
import { dueEntryOf, hasChanged, idsOf, recordOf, rowsOf, totalOf } from './rows.ts'
import { settled } from './settled.ts'
import {
  driverProblems,
  type SqlDialect,
  type SqlDriver,
  type SqlQuery,
  type SqlValue,
} from './sql-driver.ts'
import { statementsFor, type Statements } from './statements.ts'
import { defaultTable, tableOf, tableProblems } from './table.ts'
import { watchTable } from './watch-table.ts'

export interface SqlStoreOptions {
  /**
   * The table of the installations. Each app needs a table of its own. 1 to 48 letters, digits and `_`, beginning with a
   * letter; in PostgreSQL also `schema.table`, in MySQL `database.table`. Always quoted. Default: `pd_oauth_installations`.
   */
  readonly table?: string | undefined
  /**
   * Whether writes notify those who watch, if the comment of the table says so. For PostgreSQL only. Set it to false for a
   * database that speaks PostgreSQL and has no `pg_notify()`. Default: true.
   */
  readonly notify?: boolean | undefined
}

/**
 * A store in SQL. It has no `changed`, `watch` only over a driver that listens (see `pgDriver()`), and `check` unless the
 * driver is that of a managed database (`d1Driver()`).
 */
export interface SqlStore
  extends Required<Omit<TokenStore, 'changed' | 'watch' | 'check'>>, Pick<TokenStore, 'watch' | 'check'> {
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
 * lacks a right, or a SQLite database can only be read. They throw `StoreError` for what passes once somebody acts: the disk
 * is full, for example. Every other error of the database stays as it is.
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
  const { dialect, listen, isManaged = false } = given
  const table = tableOf(options.table ?? defaultTable, dialect)
  const send = settled(given.query, dialect)
  const query: SqlQuery = (sql, params) => withRemedies(() => send(sql, params), table, given)
  const notifies = dialect === 'postgresql' && options.notify !== false
  const statements = statementsFor(table, dialect, notifies)

  const all = async (sql: string, params: SqlValue[] = []) => rowsOf(await query(sql, params))
  /** The same for a query that ends in a limit. MySQL refuses a parameter there, in prepared statements. */
  const limited = (sql: string, params: SqlValue[], limit: number) =>
    dialect === 'mysql' ? all(sql.replace(/\?$/, String(limit)), params) : all(sql, [...params, limit])
  const get = async (id: InstallationId) => {
    const [row] = await all(statements.get, [id])
    return row && recordOf(row)
  }
  const write = async (sql: string, params: SqlValue[]) => {
    const result = await query(sql, params)
    return dialect === 'mysql'
      ? hasChanged(result.changed, 'changed rows')
      : hasChanged(rowsOf(result).length, 'rows')
  }
  const insert = async (params: SqlValue[]) => {
    try {
      return await write(statements.insert, params)
    } catch (error) {
      if (dialect === 'mysql' && isDuplicate(error)) return false
      throw error
    }
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
        ? insert([id, companyOf(id), version, value, dueAt, attention])
        : write(statements.update, [version, value, dueAt, attention, id, expected])
    },

    async due(before, limit, after = beforeAll) {
      const from = finite(after.dueAt)
      const params = [finite(before), from, from, after.id]
      return (await limited(statements.due, params, rowLimit(limit))).map(dueEntryOf)
    },

    async list({ limit, ...page }) {
      if (page.cursor !== undefined && !/^\d+:\d+$/.test(page.cursor))
        throw new InvalidArgumentError('list()', ['cursor does not come from list() of sqlStore()'])
      const count = rowLimit(limit)
      const [sql, params] = pageOf(page, statements, dialect)
      const rows = await limited(sql, params, count + 1)
      const ids = idsOf(rows.slice(0, count))
      const last = ids.at(-1)
      return rows.length > count && last !== undefined ? { ids, cursor: last } : { ids }
    },

    async count(wanted) {
      return totalOf(
        await ('attention' in wanted
          ? all(statements.countAttention)
          : all(statements.countDue, [finite(wanted.dueBefore)])),
      )
    },

    ...(listen === undefined
      ? {}
      : {
          watch: (changed, options) => watchTable({ all, listen, table, statements }, changed, options),
        }),

    ...(isManaged ? {} : { check: () => durabilityFindings((sql) => all(sql), statements, table, dialect) }),

    createTable: () =>
      withRemedies(() => createTable({ ...given, query: send }, table, statements), table, given),
  }
}

function optionProblems(driver: SqlDriver, options: SqlStoreOptions): string[] {
  const { table = defaultTable, notify = true, ...others } = Object(options) as SqlStoreOptions
  const { dialect, listen } = Object(driver) as SqlDriver
  return [
    ...tableProblems(table, dialect),
    ...(typeof notify === 'boolean' ? [] : ['notify must be true or false']),
    ...(notify === false && listen !== undefined
      ? ['notify must not be false where the driver listens, because nothing would be heard']
      : []),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ].map((text) => `sqlStore(): ${text}`)
}

/** Returns the statement of a page, and its parameters without the limit. */
function pageOf(
  { companyId, attention, cursor = '' }: Omit<ListQuery, 'limit'>,
  { list, listCompany, listAttention, listCompanyAttention }: Statements,
  dialect: SqlDialect,
): readonly [sql: string, params: SqlValue[]] {
  if (companyId !== undefined) return [attention ? listCompanyAttention : listCompany, [companyId, cursor]]
  if (!attention) return [list, [cursor]]
  const company = cursor === '' ? 0 : companyOf(cursor)
  return [listAttention, dialect === 'mysql' ? [company, company, cursor] : [company, cursor]]
}

function companyOf(id: string): number {
  return Number(id.slice(0, id.indexOf(':')))
}

/** Comes before every entry. */
const beforeAll: DueEntry = { dueAt: -Infinity, id: '0:0' }

/** Some databases receive parameters as JSON, which has no Infinity. */
function finite(instant: number): number {
  return Math.min(Math.max(instant, -Number.MAX_VALUE), Number.MAX_VALUE)
}

const mostRows = 1_000_000

/** A whole number of rows, 0 or more, because databases treat fractions and negative limits differently. */
function rowLimit(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 0), mostRows)
}
