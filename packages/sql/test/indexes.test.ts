import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { nodeSqliteDriver } from '../src/drivers/node-sqlite.ts'
import { pgDriver } from '../src/drivers/pg.ts'
import { sqlStore } from '../src/index.ts'
import { statementsFor } from '../src/statements.ts'
import { tableOf } from '../src/table.ts'
import { openPool } from './servers/open-pool.ts'
import { createSchema } from './servers/postgres.ts'

const queries = [
  { name: 'get', params: ['1:2'], index: /pkey|autoindex/ },
  { name: 'update', params: ['b', 'sealed', 5, 1, '1:2', 'a'], index: /pkey|autoindex/ },
  { name: 'delete', params: ['1:2', 'a'], index: /pkey|autoindex/ },
  { name: 'due', params: [5, 2, 2, '1:2', 10], index: /by_due/ },
  { name: 'list', params: ['1:2', 10], index: /pkey|autoindex/ },
  { name: 'listCompany', params: [1, '1:2', 10], index: /by_company/ },
  { name: 'listAttention', params: [1, '1:2', 10], index: /by_attention/ },
  { name: 'listCompanyAttention', params: [1, '1:2', 10], index: /by_attention/ },
  { name: 'countAttention', params: [], index: /by_attention/ },
  { name: 'countDue', params: [5], index: /by_due/ },
] as const

describe('every statement finds its rows by an index, in order', () => {
  test.each(queries)('$name in SQLite', async ({ name, params, index }) => {
    using database = new DatabaseSync(':memory:')
    await sqlStore(nodeSqliteDriver(database), { table: 'installations' }).createTable()
    const sql = statementsFor(tableOf('installations', 'sqlite'), 'sqlite', false)[name]

    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params)

    expect(plan).toHaveLength(1)
    // The partial index holds exactly the rows that are counted.
    const isWholeIndex = name === 'countAttention'
    expect(plan[0]?.['detail']).toMatch(isWholeIndex ? /^SCAN \S+ USING COVERING INDEX/ : /^SEARCH/)
    expect(plan[0]?.['detail']).toMatch(index)
  })

  test('all of them in PostgreSQL', async () => {
    await using schema = await createSchema()
    const table = `${schema.name}.installations`
    // With few rows, the planner may prefer to sort them. VACUUM passes by rows whose commit is not on the disk.
    const pool = openPool(schema.url, { options: '-c enable_bitmapscan=off -c synchronous_commit=on' })
    try {
      await sqlStore(pgDriver(pool), { table }).createTable()
      await pool.query(
        `INSERT INTO ${table} SELECT n % 500 || ':' || n, n % 500, 'a', repeat('x', 2000), n, (n % 50 = 0)::int
         FROM generate_series(1, 5000) n`,
      )
      await pool.query(`VACUUM ANALYZE ${table}`)
      const statements = statementsFor(tableOf(table, 'postgresql'), 'postgresql', true)
      for (const { name, params, index } of queries) {
        const { rows } = await pool.query(`EXPLAIN ${statements[name]}`, [...params])
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        expect(plan).toMatch(index)
        expect(plan).not.toMatch(/Seq Scan|Sort/)
      }
    } finally {
      await pool.end()
    }
  })
})
