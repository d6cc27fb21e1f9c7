import { ConfigurationError } from '@pd/oauth-core'
import { definitionOf } from './migrations.ts'
import { marking } from './notify-mark.ts'
import { isDenied, refusalError, refusalOf } from './refusal.ts'
import { textOf } from './rows.ts'
import type { SqlDriver } from './sql-driver.ts'
import type { Statements } from './statements.ts'
import type { Table } from './table.ts'

/**
 * Creates what is missing of the table and its indexes. It looks first, because a role that may only read and write rows
 * may not even run `CREATE … IF NOT EXISTS`. An index that this role may not create stays missing: the store works
 * without it, slowly.
 */
export async function createTable(driver: SqlDriver, table: Table, statements: Statements): Promise<void> {
  await createRows(driver, table, statements)
  if (driver.listen === undefined) return
  const { rows } = await driver.query(statements.channel, [])
  const mark = marking(table, rows[0]?.['comment'])
  if (mark !== undefined) await unlessDenied(driver, mark)
}

async function createRows(driver: SqlDriver, table: Table, statements: Statements): Promise<void> {
  const { dialect } = driver
  const [newTable, ...newIndexes] = definitionOf(table, dialect)
  if (!(await hasTable(driver, statements)))
    try {
      await createAtOnce(driver, newTable.sql)
    } catch (error) {
      throw isDenied(error, dialect) ? refusalError('may_not_create', table, error) : error
    }
  const { rows } = await driver.query(statements.indexes, [])
  const existing = new Set(rows.map(({ name }) => textOf(name).toLowerCase()))
  if (dialect === 'mysql') {
    if (!existing.has('primary')) throw withoutKey(table)
    const [session] = (await driver.query('SELECT @@autocommit AS autocommit', [])).rows
    if (Number(textOf(session?.['autocommit'])) === 0) throw withoutAutocommit
  }
  for (const { name, sql } of newIndexes) {
    if (existing.has(name.toLowerCase())) continue
    await unlessDenied(driver, sql)
  }
}

async function unlessDenied(driver: SqlDriver, sql: string): Promise<void> {
  try {
    await createAtOnce(driver, sql)
  } catch (error) {
    if (!isDenied(error, driver.dialect)) throw error
  }
}

/** Without a key, MySQL would insert a second row. Other databases refuse the statement. */
function withoutKey(table: Table): ConfigurationError {
  return new ConfigurationError([
    `The table ${table.quoted} has no primary key, so two records of one installation would be possible. Run ` +
      `ALTER TABLE ${table.quoted} ADD PRIMARY KEY (id).`,
  ])
}

const withoutAutocommit = new ConfigurationError([
  'The connections of the pool do not commit each statement, so what the store writes would be lost. Switch autocommit on, ' +
    'on the server or for the connections of the pool.',
])

async function hasTable(driver: SqlDriver, { columns }: Statements): Promise<boolean> {
  try {
    await driver.query(columns, [])
    return true
  } catch (error) {
    if (refusalOf(error, driver.dialect) === 'missing_table') return false
    throw error
  }
}

async function createAtOnce(driver: SqlDriver, sql: string): Promise<void> {
  try {
    await driver.query(sql, [])
  } catch {
    // It fails if another process creates the same thing at this moment. The second time, the thing exists.
    await driver.query(sql, [])
  }
}
