import { startMariadb } from '@pd/test-support/mariadb-server'
import { expect, test } from 'vitest'
import { mysqlDriver } from '../src/drivers/mysql.ts'
import { sqlStore } from '../src/index.ts'
import { openMysqlPool } from './servers/mysql.ts'

async function findings(url: string, alter: string) {
  await using pool = openMysqlPool(url)
  const store = sqlStore(mysqlDriver(pool))
  await store.createTable()
  await pool.query(alter.replace('$table', 'pd_oauth_installations'))
  return (await store.check?.())?.map(({ status, found }) => [status, found])
}

test('F46 check() finds an engine and commits of MariaDB that a crash may undo', async () => {
  await using careful = await startMariadb(['--innodb-flush-log-at-trx-commit=1'])
  expect(await findings(careful.url, 'SELECT 1')).toEqual([])
  expect(await findings(careful.url, 'ALTER TABLE $table ENGINE = MyISAM')).toEqual([
    ['problem', expect.stringContaining('engine MyISAM')],
  ])

  await using careless = await startMariadb(['--innodb-flush-log-at-trx-commit=2'])
  expect(await findings(careless.url, 'SELECT 1')).toEqual([
    ['warning', expect.stringContaining('innodb_flush_log_at_trx_commit 2')],
  ])

  await using torn = await startMariadb(['--skip-innodb-doublewrite'])
  expect(await findings(torn.url, 'SELECT 1')).toEqual([
    ['warning', expect.stringContaining('innodb_doublewrite off')],
  ])
})
