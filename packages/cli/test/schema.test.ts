import { DatabaseSync } from 'node:sqlite'
import { mysqlUrl } from '@pd/test-support/mysql'
import { createConnection } from 'mysql2/promise'
import { expect, test } from 'vitest'
import { createScene } from './command-line.ts'

test.each(['sqlite', 'd1'])(
  'F39 schema --dialect %s prints SQL that the database accepts',
  async (dialect) => {
    const { run } = await createScene()
    const { code, stdout } = await run(['schema', '--dialect', dialect, '--table', 'mine'])
    expect(code).toBe(0)
    const database = new DatabaseSync(':memory:')
    database.exec(stdout)
    const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
    expect(names).toEqual([{ name: 'mine' }])
  },
)

test('F39 schema --dialect postgres says which rights the application needs', async () => {
  const { run } = await createScene()
  const { stdout } = await run(['schema', '--dialect', 'postgres', '--table', 'app.mine'])
  expect(stdout).toMatch(/^CREATE TABLE [\s\S]+GRANT SELECT, INSERT, UPDATE, DELETE ON "app"\."mine"/)
})

test('F39 schema --dialect mysql prints SQL that the database accepts, and the rights that the application needs', async () => {
  const { run } = await createScene()
  const table = `cli_schema_${process.pid}`
  const { stdout } = await run(['schema', '--dialect', 'mysql', '--table', table])
  expect(stdout).toMatch(/^CREATE TABLE [\s\S]+GRANT SELECT, INSERT, UPDATE, DELETE ON `cli_schema_\d+`/)
  const connection = await createConnection({ uri: mysqlUrl(), multipleStatements: true })
  await connection.query(stdout)
  const [rows] = await connection.query(`SELECT id FROM ${table}`)
  expect(rows).toEqual([])
  await connection.query(`DROP TABLE ${table}`)
  await connection.end()
})

test.each([
  [[], 2, 'required option'],
  [['--dialect', 'oracle'], 2, 'sqlite, d1, postgres, mysql'],
  [['--dialect', 'sqlite', '--table', 'no good'], 3, 'table'],
])('schema %j is refused', async (args, exitCode, words) => {
  const { run } = await createScene()
  const { code, stderr, stdout } = await run(['schema', ...args])
  expect([code, stdout]).toEqual([exitCode, ''])
  expect(stderr).toContain(words)
})
