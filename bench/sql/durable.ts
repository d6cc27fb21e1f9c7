import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlStore, type SqlStore } from '@pd/oauth-sql'
import { mysqlDriver } from '@pd/oauth-sql/mysql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { pgDriver } from '@pd/oauth-sql/pg'
import { startMariadb } from '@pd/test-support/mariadb-server'
import { startPostgres } from '@pd/test-support/postgres-server'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { Pool } from 'pg'
import { ms, printTable, whole } from '../figures.ts'

const value = 'x'.repeat(2_000)

/** How long reads and writes take in SQL. Every commit waits for the disk. */
export async function benchDurable(): Promise<void> {
  await using disposables = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-bench-'))
  disposables.defer(() => rmSync(folder, { recursive: true }))
  const postgres = disposables.use(await startPostgres())
  const mariadb = disposables.use(await startMariadb())
  const pool = new Pool({ connectionString: postgres.url, max: 16 })
  disposables.defer(() => pool.end())
  const mysqlPool = createPool({ uri: mariadb.url, connectionLimit: 16 })
  disposables.defer(() => mysqlPool.end())
  const sqlite = disposables.use(nodeSqliteDriver(join(folder, 'installations.db')))

  const stores: readonly (readonly [string, SqlStore])[] = [
    ['SQLite', sqlStore(sqlite)],
    ['PostgreSQL', sqlStore(pgDriver(pool))],
    ['PostgreSQL, watched', sqlStore(pgDriver(pool), { table: 'watched' })],
    ['MariaDB', sqlStore(mysqlDriver(mysqlPool))],
  ]
  for (const [, store] of stores) await store.createTable()
  await pool.query("COMMENT ON TABLE watched IS 'pd-oauth: notify'")

  const rows: string[][] = []
  for (const [name, store] of stores) {
    await rewrite(store, 1)
    const writeMs = await rewrite(store, 200)
    const begun = performance.now()
    for (let count = 0; count < 500; count++) await store.get('1:1')
    const readMs = (performance.now() - begun) / 500
    const atOnce = performance.now()
    const writers = Array.from({ length: 16 }, (_, index) => rewrite(store, 100, `2:${index + 1}`))
    await Promise.all(writers)
    rows.push([name, ms(readMs), ms(writeMs), whole(1_600_000 / (performance.now() - atOnce))])
  }
  printTable('SQL', ['store', 'read, ms', 'write, ms', 'writes a second, 16 at once'], rows)

  const [, store] = stores.at(-1)!
  for (let user = 1; user <= 10_000; user += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store.compareAndSet(`3:${user + index}`, undefined, { version: 'a', value, dueAt: user }),
      ),
    )
  const [[size]] = await mysqlPool.query<RowDataPacket[]>(
    "SELECT file_size FROM information_schema.innodb_sys_tablespaces WHERE name LIKE '%pd_oauth_installations'",
  )
  console.log(`10 000 installations in MariaDB: ${Math.round(Number(size?.['file_size']) / 1e6)} MB`)
}

/** Writes one record again and again, and returns how long one write takes, in milliseconds. */
async function rewrite(on: SqlStore, times: number, id: `${number}:${number}` = '1:1'): Promise<number> {
  let expected = (await on.get(id))?.version
  const begun = performance.now()
  for (let count = 0; count < times; count++) {
    const version = `v${count}-${performance.now()}`
    if (!(await on.compareAndSet(id, expected, { version, value }))) throw new Error('A write was refused.')
    expected = version
  }
  return (performance.now() - begun) / times
}
