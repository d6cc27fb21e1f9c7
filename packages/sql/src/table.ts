import type { SqlDialect } from './sql-driver.ts'

export const defaultTable = 'pd_oauth_installations'

/** A table's name, ready for SQL. Quoted, so that no name is a keyword and capitals stay. */
export interface Table {
  /** With its schema, where it has one. */
  readonly quoted: string
  /** The names of its indexes. */
  readonly byCompany: string
  readonly byDue: string
}

/** Leaves room for the index names within the 63 characters that PostgreSQL keeps of a name. */
const identifier = /^[A-Za-z][A-Za-z0-9_]{0,47}$/

/** What keeps a table's name from being used, a sentence each; empty when nothing does. */
export function tableProblems(table: unknown, dialect: SqlDialect): string[] {
  const parts = typeof table === 'string' ? table.split('.') : []
  const mostParts = dialect === 'postgresql' ? 2 : 1
  if (parts.length < 1 || parts.length > mostParts || !parts.every((part) => identifier.test(part)))
    return [
      'table must be 1 to 48 letters, digits and _, beginning with a letter' +
        (dialect === 'postgresql' ? ', alone or behind the name of a schema and a dot' : ''),
    ]
  if (dialect === 'sqlite' && /^sqlite_/i.test(parts[0] ?? ''))
    return ['table must not begin with sqlite_, which SQLite keeps for itself']
  return []
}

/** The table of a name that has no problems. */
export function tableOf(name: string): Table {
  const bare = name.slice(name.indexOf('.') + 1)
  return {
    quoted: name.split('.').map(quote).join('.'),
    byCompany: quote(`${bare}_by_company`),
    byDue: quote(`${bare}_by_due`),
  }
}

function quote(name: string): string {
  return `"${name}"`
}
