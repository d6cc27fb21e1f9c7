import type { SqlDialect } from './sql-driver.ts'

export const defaultTable = 'pd_oauth_installations'

/** The names of a table and its indexes. SQL has them in quotes, so keywords are allowed and capitals stay. */
export interface Table {
  /** The table in quotes, with its schema if it has one. */
  readonly quoted: string
  /** The table without quotes and schema. */
  readonly bare: string
  /** The schema, in MySQL the database, without quotes. Undefined: the one of the connection. */
  readonly schema: string | undefined
  /** The index for `list` of a company. */
  readonly byCompany: string
  /** The index for `due`, and for `count` of what is due. */
  readonly byDue: string
  /** The index for `list` and `count` of what needs attention. */
  readonly byAttention: string
}

/** At most 48 characters, because PostgreSQL cuts the longer names of the indexes at 63. */
const identifier = /^[A-Za-z][A-Za-z0-9_]{0,47}$/

/** What stands before the dot of a table name. */
const qualifiers: Readonly<Record<SqlDialect, string | undefined>> = {
  sqlite: undefined,
  postgresql: 'a schema',
  mysql: 'a database',
}

/** The reasons why a table name cannot be used, a sentence each. Empty if it can. */
export function tableProblems(table: unknown, dialect: SqlDialect): string[] {
  const parts = typeof table === 'string' ? table.split('.') : []
  const qualifier = qualifiers[dialect]
  const mostParts = qualifier === undefined ? 1 : 2
  if (parts.length < 1 || parts.length > mostParts || !parts.every((part) => identifier.test(part)))
    return [
      'table must be 1 to 48 letters, digits and _, beginning with a letter' +
        (qualifier === undefined
          ? ''
          : `, with or without ${qualifier} of the same form and a dot before it`),
    ]
  if (dialect === 'sqlite' && /^sqlite_/i.test(parts[0] ?? ''))
    return ['table must not begin with sqlite_, which SQLite reserves']
  return []
}

/** Returns the table of a name that `tableProblems` accepts. */
export function tableOf(name: string, dialect: SqlDialect): Table {
  const bare = name.slice(name.indexOf('.') + 1)
  return {
    quoted: name
      .split('.')
      .map((part) => quote(part, dialect))
      .join('.'),
    bare,
    schema: name === bare ? undefined : name.slice(0, name.indexOf('.')),
    byCompany: `${bare}_by_company`,
    byDue: `${bare}_by_due`,
    byAttention: `${bare}_by_attention`,
  }
}

export function quote(name: string, dialect: SqlDialect): string {
  return dialect === 'mysql' ? `\`${name}\`` : `"${name}"`
}
