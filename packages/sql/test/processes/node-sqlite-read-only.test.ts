import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { WorkerProcess } from '@pd/test-support'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodeSqliteDriver } from '../../src/drivers/node-sqlite.ts'
import { sqlStore } from '../../src/index.ts'
import type { tasks } from './unprivileged.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pd-oauth-sql-'))
  file = join(folder, 'installations.db')
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true, force: true })
})

const record = { version: 'a', value: 'sealed', attention: true }
const everything = { record, ids: ['1:2'], needsAttention: 1 }

describe('F39 a process that may only read', () => {
  test('looks into a file in WAL mode, while no process has it open', async () => {
    await fill(nodeSqliteDriver(file))
    await using reader = await startReader()

    expect(await reader.run('look', file)).toEqual(everything)
    expect(readdirSync(folder)).toEqual(['installations.db'])
  })

  test('looks into a file in WAL mode, and sees what another process has just written', async () => {
    using writer = nodeSqliteDriver(file)
    const store = sqlStore(writer)
    await store.createTable()
    await using reader = await startReader()
    await store.compareAndSet('1:2', undefined, record)

    expect(await reader.run('look', file)).toEqual(everything)
  })

  test('looks into a file in rollback mode', async () => {
    using database = new DatabaseSync(file)
    await fill(nodeSqliteDriver(database))
    await using reader = await startReader()

    expect(await reader.run('look', file)).toEqual(everything)
  })

  test('F47 looks into a file that a killed process has left, or is told that somebody must tidy up', async () => {
    using writer = nodeSqliteDriver(file)
    const store = sqlStore(writer)
    await store.createTable()
    await store.compareAndSet('1:2', undefined, record)
    // What a killed process leaves, with and without the file that SQLite could do without.
    const [left, leftBare] = [join(folder, 'left.db'), join(folder, 'bare.db')]
    for (const suffix of ['', '-wal', '-shm']) copyFileSync(file + suffix, left + suffix)
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, leftBare + suffix)
    await using reader = await startReader()

    expect(await reader.run('look', left)).toEqual(everything)
    await expect(reader.run('look', leftBare)).rejects.toThrow(
      /which a process that was killed has left, or which belongs to another user\. Open it once in a process that may write.*Rights: .*-wal: user \d+, mode 444; -shm: missing; this process: user \d+/,
    )
    chmodSync(folder, 0o700)
  })

  test('F47 is told the same by a link, and does not read old records', async () => {
    using writer = nodeSqliteDriver(file)
    const store = sqlStore(writer)
    await store.createTable()
    await writer.query('PRAGMA wal_checkpoint(TRUNCATE)', [])
    await store.compareAndSet('1:2', undefined, record)
    const [bare, frozen] = [join(folder, 'bare.db'), join(folder, 'frozen.db')]
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, bare + suffix)
    await fill(nodeSqliteDriver(frozen))
    mkdirSync(join(folder, 'links'))
    for (const name of ['bare.db', 'frozen.db']) symlinkSync(join('..', name), join(folder, 'links', name))
    await using reader = await startReader()

    await expect(reader.run('look', join(folder, 'links', 'bare.db'))).rejects.toThrow(
      `its last changes are in ${realpathSync(folder)}/bare.db-wal, which a process that was killed has left`,
    )
    await expect(reader.run('look', join(folder, 'links', 'bare.db'))).rejects.toThrow(
      /-wal: user \d+, mode 444/,
    )
    expect(await reader.run('look', join(folder, 'links', 'frozen.db'))).toEqual(everything)
  })

  test('F48 gets a ConfigurationError for a file in a folder that it may not enter', async () => {
    const closed = join(folder, 'closed')
    mkdirSync(closed, { mode: 0 })
    symlinkSync(join(closed, 'installations.db'), join(folder, 'link.db'))
    await using reader = await startReader()

    for (const path of [join(closed, 'installations.db'), join(folder, 'link.db')])
      await expect(reader.run('look', path)).rejects.toThrow(
        /ConfigurationError: [^]*cannot be opened: EACCES.*this process: user \d+/,
      )
    chmodSync(closed, 0o700)
  })

  test('gets a ConfigurationError that says so when it writes', async () => {
    await fill(nodeSqliteDriver(file))
    await using reader = await startReader()

    const error = await reader.run('write', file)
    expect(error).toMatch(/^ConfigurationError: /)
    expect(error).toContain('can only be read. Let the process write to the database; for a SQLite file')
    expect(error).toMatch(
      /readonly database\. Rights: installations\.db: user \d+, mode 444; its folder: user \d+, mode 555; -wal: missing; -shm: missing; this process: user \d+/,
    )
  })

  test('is told whose the folder is if the file cannot be created', async () => {
    await using reader = await startReader()
    await expect(reader.run('look', file)).rejects.toThrow(
      /installations\.db cannot be created: EACCES.*its folder: user \d+, mode 555;.*this process: user \d+/,
    )
  })
})

async function fill(driver: ReturnType<typeof nodeSqliteDriver>): Promise<void> {
  const store = sqlStore(driver)
  await store.createTable()
  await store.compareAndSet('1:2', undefined, record)
  driver.close()
}

/** Takes away the right to write the folder and its files, and starts a process without the rights of root. */
function startReader(): Promise<WorkerProcess<typeof tasks>> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(folder, entry.name), 0o444)
  chmodSync(folder, 0o555)
  return WorkerProcess.start(new URL('./unprivileged.ts', import.meta.url), undefined)
}
