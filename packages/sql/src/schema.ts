import { ConfigurationError } from '@pd/oauth-core'
import { marking } from './notify-mark.ts'
import { migrations } from './migrations.ts'
import type { SqlDialect } from './sql-driver.ts'
import { defaultTable, tableOf, tableProblems } from './table.ts'

/** The databases whose SQL `schema()` returns, as somebody at a terminal calls them. */
export const schemaDialects = ['sqlite', 'd1', 'postgres', 'mysql'] as const

export type SchemaDialect = (typeof schemaDialects)[number]

export interface SchemaOptions {
  readonly dialect: SchemaDialect
  /** The table, as for `sqlStore()`. Default: `pd_oauth_installations`. */
  readonly table?: string | undefined
}

/**
 * Returns the SQL that creates the table, as one text to read and to run by hand, for teams whose application may not
 * create tables. It is the SQL of `migrations()` and of `createTable()`. For PostgreSQL and MySQL, a comment says which rights
 * the application needs.
 *
 * @example
 * ```ts
 * import { schema } from '@pd/oauth-sql'
 *
 * console.log(schema({ dialect: 'postgres', table: 'app.pipedrive_installations' }))
 * ```
 *
 * @throws {ConfigurationError} `invalid_configuration`, if an option cannot be used
 */
export function schema(options: SchemaOptions): string {
  const { dialect, table = defaultTable, ...others } = Object(options) as SchemaOptions
  const isKnown = schemaDialects.includes(dialect)
  const spoken = isKnown ? spokenBy[dialect] : 'sqlite'
  const problems = [
    ...(isKnown ? [] : [`dialect must be one of ${schemaDialects.join(', ')}`]),
    ...tableProblems(table, spoken),
    ...Object.keys(others).map((name) => `${name} is not a known option`),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems.map((text) => `schema(): ${text}`))
  const statements = migrations({ dialect: spoken, table }).map(({ sql }) => sql)
  const { quoted } = tableOf(table, spoken)
  const rights = `-- The application needs: GRANT SELECT, INSERT, UPDATE, DELETE ON ${quoted} TO its_role;\n`
  const watched = `-- To let processes watch, with pgDriver(pool, { listen }): ${marking(tableOf(table, spoken), '')};\n`
  const hints = { sqlite: [], mysql: [rights], postgresql: [rights + watched] }[spoken]
  return [...statements, ...hints].join('\n')
}

const spokenBy: Readonly<Record<SchemaDialect, SqlDialect>> = {
  sqlite: 'sqlite',
  d1: 'sqlite',
  postgres: 'postgresql',
  mysql: 'mysql',
}
