import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@pd/oauth-core'
import { expect, onTestFinished, test } from 'vitest'
import { movedCheck } from '../src/drivers/moved-check.ts'
import { realPathOf } from '../src/drivers/real-path.ts'
import { sqlDriver, sqlStore, type SqlDialect, type SqlRow } from '../src/index.ts'

const findingsOf = async (dialect: SqlDialect, row: SqlRow) => {
  const store = sqlStore(sqlDriver(dialect, async () => ({ rows: [row] })))
  return (await store.check?.())?.map(({ status, found }) => `${status}: ${found}`)
}

const safe = {
  postgresql: { persistence: 'p', fsync: 'on', commits: 'on', pages: 'on' },
  mysql: { engine: 'InnoDB', flushes: 1, pages: 'ON' },
  sqlite: { file: '/a', journal: 'wal', synchronous: 2 },
}

test.each(['postgresql', 'mysql', 'sqlite'] as const)('nothing is found in a safe %s', async (dialect) => {
  expect(await findingsOf(dialect, safe[dialect])).toEqual([])
})

test.each([
  ['postgresql', { persistence: 'u' }, 'problem', 'UNLOGGED'],
  ['postgresql', { persistence: 't' }, 'problem', 'temporary'],
  ['postgresql', { fsync: 'off' }, 'problem', 'fsync off'],
  ['postgresql', { pages: 'off' }, 'warning', 'full_page_writes off'],
  ['postgresql', { commits: 'off' }, 'warning', 'synchronous_commit off'],
  ['mysql', { engine: 'MyISAM' }, 'problem', 'engine MyISAM'],
  ['mysql', { flushes: 2 }, 'warning', 'innodb_flush_log_at_trx_commit 2'],
  ['mysql', { pages: 0 }, 'warning', 'innodb_doublewrite off'],
  ['mysql', { pages: 'OFF' }, 'warning', 'innodb_doublewrite off'],
  ['mysql', { pages: 'DETECT_ONLY' }, 'warning', 'innodb_doublewrite off'],
  ['sqlite', { file: '', journal: 'off', synchronous: 0 }, 'warning', 'in memory'],
  ['sqlite', { journal: 'off' }, 'problem', 'journal_mode off'],
  ['sqlite', { journal: 'memory' }, 'problem', 'journal_mode memory'],
  ['sqlite', { synchronous: 0 }, 'problem', 'synchronous OFF'],
  ['sqlite', { synchronous: 1 }, 'warning', 'synchronous NORMAL'],
] as const)('in %s, %j is the one finding', async (dialect, unsafe, status, text) => {
  const found = await findingsOf(dialect, { ...safe[dialect], ...unsafe })
  expect(found).toEqual([expect.stringContaining(text)])
  expect(found?.[0]?.startsWith(`${status}: `)).toBe(true)
})

test.each([{ engine: null }, { engine: 'INNODB' }, { flushes: '1' }, { pages: 1 }])(
  'in MySQL, %j is no finding',
  async (other) => {
    expect(await findingsOf('mysql', { ...safe.mysql, ...other })).toEqual([])
  },
)

test.each(['file', 'journal', 'synchronous'])('an answer without %s is unchecked', async (name) => {
  const found = await findingsOf('sqlite', { ...safe.sqlite, [name]: undefined })
  expect(found).toEqual([expect.stringMatching(/^unchecked: .*without the columns of the query/)])
})

const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'moved-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a file that is moved or replaced is noticed, until it is put back', () => {
  const path = join(newFolder(), 'a')
  writeFileSync(path, '')
  const check = movedCheck(path)
  expect(check()).toBe(undefined)
  renameSync(path, `${path}-moved`)
  expect(check).toThrow(StoreError)
  writeFileSync(path, '')
  expect(check).toThrow('was moved, deleted or replaced')
  renameSync(`${path}-moved`, path)
  expect(check()).toBe(undefined)
})

test('a file that was missing at first is never the same file', () => {
  const path = join(newFolder(), 'a')
  const check = movedCheck(path)
  expect(check).toThrow(StoreError)
  writeFileSync(path, '')
  expect(check).toThrow(StoreError)
})

test('the real path of a missing file follows links to it and to its folder, absolute and relative', () => {
  const folder = realPathOf(newFolder())
  mkdirSync(join(folder, 'real'))
  symlinkSync('real', join(folder, 'linked'))
  symlinkSync('../missing', join(folder, 'real', 'relative'))
  symlinkSync(join(folder, 'missing'), join(folder, 'real', 'absolute'))
  expect(realPathOf(join(folder, 'linked', 'new'))).toBe(join(folder, 'real', 'new'))
  expect(realPathOf(join(folder, 'linked', 'relative'))).toBe(join(folder, 'missing'))
  expect(realPathOf(join(folder, 'linked', 'absolute'))).toBe(join(folder, 'missing'))
  expect(realPathOf(join(folder, 'linked'))).toBe(join(folder, 'real'))
  expect(realPathOf(join(folder, 'none', 'new'))).toBe(join(folder, 'none', 'new'))
})
