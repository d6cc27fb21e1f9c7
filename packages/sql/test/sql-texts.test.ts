import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { migrations, schema } from '../src/index.ts'
import { withRemedies } from '../src/refusal.ts'
import { statementsFor } from '../src/statements.ts'
import { tableOf, tableProblems } from '../src/table.ts'

describe('a table', () => {
  test('is quoted as its database wants it, with what stands before the dot', () => {
    expect(tableOf('t', 'sqlite')).toEqual({
      quoted: '"t"',
      bare: 't',
      schema: undefined,
      byCompany: 't_by_company',
      byDue: 't_by_due',
      byAttention: 't_by_attention',
    })
    expect(tableOf('app.t', 'postgresql')).toMatchObject({ quoted: '"app"."t"', bare: 't', schema: 'app' })
    expect(tableOf('app.t', 'mysql')).toMatchObject({ quoted: '`app`.`t`', bare: 't', schema: 'app' })
  })

  test.each([
    ['sqlite', 't', undefined],
    ['sqlite', 'my_sqlite_t', undefined],
    ['sqlite', 'SQLite_t', 'table must not begin with sqlite_, which SQLite reserves'],
    ['sqlite', 'a.t', 'table must be 1 to 48 letters, digits and _, beginning with a letter'],
    ['postgresql', 'sqlite_t', undefined],
    ['postgresql', 'a.t', undefined],
    [
      'postgresql',
      'a.b.c',
      'table must be 1 to 48 letters, digits and _, beginning with a letter, with or without a schema of the same form and ' +
        'a dot before it',
    ],
    [
      'mysql',
      7,
      'table must be 1 to 48 letters, digits and _, beginning with a letter, with or without a database of the same form ' +
        'and a dot before it',
    ],
  ] as const)('of %s may be named %s, or not: %s', (dialect, name, problem) => {
    expect(tableProblems(name, dialect)).toEqual(problem === undefined ? [] : [problem])
  })
})

describe('the statements', () => {
  test('of PostgreSQL number their parameters, return what they wrote, and notify if they should', () => {
    const table = tableOf('app.t', 'postgresql')
    const { delete: remove, insert, update } = statementsFor(table, 'postgresql', true)
    const silent = statementsFor(table, 'postgresql', false)
    expect(silent.delete).toBe('DELETE FROM "app"."t" WHERE id = $1 AND version = $2 RETURNING id')
    expect(remove).toContain(`${silent.delete}, CASE WHEN obj_description('"app"."t"'::regclass, 'pg_class')`)
    expect(remove).toContain('pg_notify(\'pd_oauth_\' || \'"app"."t"\'::regclass::oid::text, id)')
    for (const sql of [insert, update]) expect(sql).toContain("|| version ELSE '' END)::text END AS told")
    expect(silent.insert).toMatch(/VALUES \(\$1, .* \$6\) ON CONFLICT \(id\) DO NOTHING RETURNING id$/)
  })

  test('of MySQL return nothing, and meet a duplicate as an error', () => {
    const { delete: remove, insert, update } = statementsFor(tableOf('t', 'mysql'), 'mysql', false)
    expect(remove).toBe('DELETE FROM `t` WHERE id = ? AND version = ?')
    expect(insert).toMatch(/VALUES \(\?, \?, \?, \?, \?, \?\)$/)
    expect(update).toMatch(/ WHERE id = \? AND version = \?$/)
  })

  test('of SQLite return what they wrote', () => {
    const { delete: remove, insert } = statementsFor(tableOf('t', 'sqlite'), 'sqlite', false)
    expect(remove).toBe('DELETE FROM "t" WHERE id = ? AND version = ? RETURNING id')
    expect(insert).toMatch(/ ON CONFLICT \(id\) DO NOTHING RETURNING id$/)
  })

  test('that ask the database about the table name it, and where it is', () => {
    const ofMysql = statementsFor(tableOf('app.t', 'mysql'), 'mysql', false)
    for (const sql of [ofMysql.indexes, ofMysql.durability])
      expect(sql).toContain("table_schema = 'app' AND table_name = 't'")
    const unnamed = statementsFor(tableOf('t', 'mysql'), 'mysql', false)
    expect(unnamed.indexes).toContain("table_schema = database() AND table_name = 't'")
    expect(unnamed.durability).toContain('@@innodb_flush_log_at_trx_commit')
    const ofPostgres = statementsFor(tableOf('app.t', 'postgresql'), 'postgresql', false)
    for (const sql of [ofPostgres.indexes, ofPostgres.durability])
      expect(sql).toContain(`to_regclass('"app"."t"')`)
    expect(ofPostgres.durability).toContain('synchronous_commit')
    const ofSqlite = statementsFor(tableOf('t', 'sqlite'), 'sqlite', false)
    expect(ofSqlite.indexes).toContain("tbl_name = 't' COLLATE NOCASE")
    expect(ofSqlite.durability).toContain('pragma_journal_mode')
  })
})

describe('migrations()', () => {
  test.each([
    ['sqlite', ['"t"', '"t_by_company"', '"t_by_due"', '"t_by_attention"']],
    ['postgresql', ['"t"', '"t_by_company"', '"t_by_due"', '"t_by_attention"']],
    ['mysql', ['`t`']],
  ] as const)('of %s create the table and its indexes, each if it is missing', (dialect, names) => {
    const [migration, ...others] = migrations({ dialect, table: 't' })
    expect(others).toEqual([])
    expect(migration?.name).toBe('0001_pd_oauth_installations')
    const created = [...migration!.sql.matchAll(/^CREATE (?:TABLE|INDEX) IF NOT EXISTS (\S+)/gm)]
    expect(created.map(([, name]) => name)).toEqual(names)
    expect(migration?.sql).toMatch(/;\n$/)
  })

  test('of MySQL have the indexes in the table', () => {
    const [migration] = migrations({ dialect: 'mysql', table: 't' })
    for (const index of [
      'INDEX `t_by_company` (company_id, id)',
      'INDEX `t_by_due` (due_at)',
      'INDEX `t_by_attention` (attention, company_id, id)',
    ])
      expect(migration?.sql).toContain(index)
    expect(migration?.sql).toMatch(/\n\) ENGINE = InnoDB;\n$/)
  })

  test.each<[object, string]>([
    [{ dialect: 'oracle' }, 'migrations(): dialect must be one of sqlite, postgresql, mysql'],
    [{ dialect: 'sqlite', table: '1' }, 'migrations(): table must be'],
    [{ dialect: 'sqlite', tables: 't' }, 'migrations(): tables is not a known option'],
  ])('refuse %j', (options, sentence) => {
    expect(() => migrations(options as never)).toThrow(ConfigurationError)
    expect(() => migrations(options as never)).toThrow(sentence)
  })
})

describe('schema()', () => {
  test('says in PostgreSQL and MySQL which rights the application needs, and how it may watch', () => {
    const grant = 'GRANT SELECT, INSERT, UPDATE, DELETE ON'
    expect(schema({ dialect: 'postgres', table: 'app.t' })).toContain(`${grant} "app"."t" TO its_role;`)
    expect(schema({ dialect: 'postgres', table: 'app.t' })).toContain('COMMENT ON TABLE "app"."t" IS')
    expect(schema({ dialect: 'mysql', table: 't' })).toContain(`${grant} \`t\` TO its_role;`)
    expect(schema({ dialect: 'mysql', table: 't' })).not.toContain('COMMENT ON')
    for (const dialect of ['sqlite', 'd1'] as const)
      expect(schema({ dialect, table: 't' })).toBe(migrations({ dialect: 'sqlite', table: 't' })[0]?.sql)
  })
})

describe('a table that is missing', () => {
  const missing = new Error('no such table: t')
  const remedyFor = (dialect: 'sqlite' | 'postgresql', isManaged: boolean, error: Error = missing) =>
    withRemedies(() => Promise.reject(error), tableOf('t', dialect), { dialect, isManaged }).catch(String)

  test('in D1 is created by wrangler, elsewhere by createTable()', async () => {
    expect(await remedyFor('sqlite', true)).toContain('npx wrangler d1 migrations apply')
    expect(await remedyFor('sqlite', false)).toContain('Call createTable() of the store')
    const ofPostgres = Object.assign(new Error('relation "t" does not exist'), { code: '42P01' })
    expect(await remedyFor('postgresql', true, ofPostgres)).toContain('Call createTable() of the store')
    expect(await remedyFor('sqlite', true, new Error('no such column: due_at'))).toContain(
      'does not have the columns',
    )
  })

  test('is no reason that passes, and a full disk is one, with its cause', async () => {
    const refused = (said: Error) =>
      withRemedies(() => Promise.reject(said), tableOf('t', 'sqlite'), { dialect: 'sqlite' }).catch(
        (thrown: unknown) => thrown as Error,
      )
    const lasting = await refused(missing)
    expect(lasting).toBeInstanceOf(ConfigurationError)
    expect(lasting).toMatchObject({ cause: expect.objectContaining({ message: missing.message }) })
    const passing = await refused(new Error('database or disk is full'))
    expect(passing).toBeInstanceOf(StoreError)
    expect(passing).toMatchObject({ cause: expect.objectContaining({ message: 'database or disk is full' }) })
  })
})
