import { ConfigurationError, type InstallationId, type StoredRecord, type TokenStore } from '@pd/oauth-core'
import { definitionOf } from './migrations.ts'
import { driverProblems, type SqlDriver, type SqlRow, type SqlValue } from './sql-driver.ts'
import { statementsFor } from './statements.ts'
import { defaultTable, tableOf, tableProblems } from './table.ts'

export interface SqlStoreOptions {
  /**
   * The table of the installations. Each app needs a table of its own. 1 to 48 letters, digits and `_`, beginning with a
   * letter; in PostgreSQL also `schema.table`. Always quoted. Default: `pd_oauth_installations`.
   */
  readonly table?: string | undefined
}

/** A store in SQL. It has no `changed`, so callers that wait for another process poll. */
export interface SqlStore extends Required<Omit<TokenStore, 'changed'>> {
  /**
   * Creates the table and its indexes if they are missing. Any number of processes may call it at once. If a migration
   * tool creates your tables, use `migrations()` instead.
   */
  createTable(): Promise<void>
}

/**
 * Creates a store that keeps installations in one table of a SQL database, through your driver.
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
export function sqlStore(driver: SqlDriver, options: SqlStoreOptions = {}): SqlStore {
  const problems = [...driverProblems(driver), ...optionProblems(driver, options)]
  if (problems.length > 0) throw new ConfigurationError(problems)
  const { dialect } = driver
  const table = tableOf(options.table ?? defaultTable)
  const statements = statementsFor(table, dialect)

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
      return expected === undefined
        ? write(statements.insert, [id, companyOf(id), version, value, dueAt])
        : write(statements.update, [version, value, dueAt, id, expected])
    },

    async due(before, limit) {
      // Some databases receive parameters as JSON, which has no Infinity.
      const instant = Math.min(before, Number.MAX_VALUE)
      return idsOf(await driver.all(statements.due, [instant, rowLimit(limit)]))
    },

    async list({ companyId, cursor = '', limit }) {
      const count = rowLimit(limit)
      const rows = await (companyId === undefined
        ? driver.all(statements.list, [cursor, count + 1])
        : driver.all(statements.listCompany, [companyId, cursor, count + 1]))
      const ids = idsOf(rows.slice(0, count))
      const last = ids.at(-1)
      return rows.length > count && last !== undefined ? { ids, cursor: last } : { ids }
    },

    async createTable() {
      for (const statement of definitionOf(table, dialect)) {
        try {
          await driver.run(statement, [])
        } catch {
          // It fails if another process creates the same thing at this moment. The second time, the thing exists.
          await driver.run(statement, [])
        }
      }
    },
  }
}

function optionProblems(driver: SqlDriver, options: SqlStoreOptions): string[] {
  const { table = defaultTable, ...others } = Object(options) as SqlStoreOptions
  return [
    ...tableProblems(table, (Object(driver) as SqlDriver).dialect),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ].map((text) => `sqlStore(): ${text}`)
}

function recordOf({ version, value, due_at: dueAt }: SqlRow): StoredRecord {
  if (typeof version !== 'string' || typeof value !== 'string')
    throw new Error("The driver's all() returned a row without the columns of the query.")
  // Some drivers return numbers as text.
  return dueAt === null ? { version, value } : { version, value, dueAt: Number(dueAt) }
}

function idsOf(rows: readonly SqlRow[]): InstallationId[] {
  return rows.map(({ id }) => id as InstallationId)
}

function companyOf(id: InstallationId): number {
  return Number(id.slice(0, id.indexOf(':')))
}

const mostRows = 1_000_000

/** A whole number of rows, 0 or more, because databases treat fractions and negative limits differently. */
function rowLimit(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 0), mostRows)
}
