import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import type { DueEntry } from '@pd/oauth-core/adapter'
import type { SqlResult, SqlRow } from './sql-driver.ts'

/** Returns the record of a row that the statement `get` returned. Libraries return numbers as text, and texts as bytes. */
export function recordOf({ version, value, due, attention }: SqlRow): StoredRecord {
  return {
    version: textOf(version),
    value: textOf(value),
    ...(due === null ? {} : { dueAt: Number(textOf(due)) }),
    ...(Number(textOf(attention)) === 1 ? { attention: true } : {}),
  }
}

export function idsOf(rows: readonly SqlRow[]): InstallationId[] {
  return rows.map(({ id }) => textOf(id) as InstallationId)
}

/** Returns the entry of a row that the statement `due` returned. */
export function dueEntryOf({ id, due }: SqlRow): DueEntry {
  return { id: textOf(id) as InstallationId, dueAt: Number(textOf(due)) }
}

export function totalOf([row]: readonly SqlRow[]): number {
  return Number(textOf(row?.['total']))
}

/** Returns the rows of a result, which may come from a function of the application. */
export function rowsOf(result: SqlResult): readonly SqlRow[] {
  const { rows } = Object(result) as Partial<SqlResult>
  if (Array.isArray(rows)) return rows as readonly SqlRow[]
  throw new Error('The function of sqlDriver() must resolve to { rows }, with an array of all rows.')
}

/** Returns whether a statement changed its row. */
export function hasChanged(changes: unknown, name: string): boolean {
  const count = Number(changes)
  if (count === 0 || count === 1) return count === 1
  throw new Error(
    `The function of sqlDriver() returned ${changes === undefined ? `no ${name}` : `${String(changes)} ${name}`} for a ` +
      'statement that changes at most one row.',
  )
}

/** Returns the row if it has these columns. A function of the application may return others. */
export function rowWith(columns: readonly string[], row: SqlRow | undefined): SqlRow {
  if (row === undefined || columns.some((name) => row[name] === undefined)) throw foreignRow()
  return row
}

export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(Number(value))
    default:
      if (value instanceof Uint8Array) return new TextDecoder().decode(value)
      if (value instanceof ArrayBuffer) return new TextDecoder().decode(value)
      throw foreignRow()
  }
}

function foreignRow(): Error {
  return new Error('The function of sqlDriver() returned a row without the columns of the query.')
}
