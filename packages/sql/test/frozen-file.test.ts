import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '@pd/oauth-core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isFrozen, leftWalError, openFrozen } from '../src/drivers/sqlite-file.ts'
import { guardedDriver } from '../src/drivers/sqlite-guard.ts'
import { rightsText, withRights } from '../src/drivers/sqlite-rights.ts'

let folder: string
let path: string
const user = process.geteuid?.()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frozen-'))
  path = join(folder, 'a#b.db')
  writeFileSync(path, '')
  chmodSync(path, 0o040)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a file', () => {
  test.each([1544, 14, 14 + 256])(
    'is frozen after the error %i of SQLite, unless it has a -wal',
    (errcode) => {
      expect(isFrozen(path, { errcode })).toBe(true)
      expect(isFrozen(`${path}-other`, { errcode })).toBe(false)
      writeFileSync(`${path}-wal`, 'x')
      expect(isFrozen(path, { errcode })).toBe(false)
    },
  )

  test.each([{ errcode: 8 }, { errcode: 5 }, {}, undefined])('is not frozen after %j', (error) => {
    expect(isFrozen(path, error)).toBe(false)
  })

  test('that is frozen can be read and not written, whatever is in its name', () => {
    rmSync(path)
    const writer = new DatabaseSync(path)
    writer.exec('CREATE TABLE t (a); INSERT INTO t VALUES (7)')
    writer.close()
    const frozen = openFrozen(path)
    expect(frozen.prepare('SELECT a FROM t').all()).toEqual([{ a: 7 }])
    expect(() => frozen.exec('INSERT INTO t VALUES (8)')).toThrow('readonly')
    frozen.close()
  })

  test('with a -wal that cannot be opened says who has left it', () => {
    const error = Object.assign(new Error('unable to open database file'), { errcode: 14 })
    expect(leftWalError(path, error)).toBe(error)
    writeFileSync(`${path}-wal`, 'x')
    const other = Object.assign(new Error('other'), { errcode: 1 })
    expect(leftWalError(path, other)).toBe(other)
    expect(leftWalError(path, undefined)).toBe(undefined)
    const said = leftWalError(path, error)
    expect(said).toBeInstanceOf(StoreError)
    expect(said).toMatchObject({ code: 'store_unavailable', cause: error })
  })
})

describe('the rights', () => {
  test('are told of the file, its folder, and the files beside it, behind a link', () => {
    const link = join(folder, 'link')
    symlinkSync(path, link)
    const text =
      `Rights: a#b.db: user ${user}, mode 040; its folder: user ${user}, mode 700; -wal: missing; -shm: missing; ` +
      `this process: user ${user}`
    expect(rightsText(link)).toBe(text)
  })

  test('of a path that cannot be followed cannot be read', () => {
    const loop = join(folder, 'loop')
    symlinkSync(loop, loop)
    expect(rightsText(loop)).toContain('Rights: loop: cannot be read; its folder: user')
  })

  test('are empty where the system has none', () => {
    const spy = vi.spyOn(process, 'geteuid').mockReturnValue(undefined as never)
    expect(rightsText(path)).toBe('')
    spy.mockRestore()
  })

  test.each([
    { errcode: 8 },
    { errcode: 14 + 256 },
    { code: 'SQLITE_READONLY_DBMOVED' },
    { code: 'SQLITE_CANTOPEN' },
  ])('are added to an error with %j, which keeps its codes, cause and stack', (codes) => {
    const error = Object.assign(new Error('refused', { cause: 'why' }), codes)
    const said = withRights(path, error)
    expect(said).not.toBe(error)
    expect(said).toMatchObject({ ...codes, cause: 'why', stack: error.stack })
    expect(said).toHaveProperty('errcode', 'errcode' in codes ? codes.errcode : undefined)
    expect(String(said)).toBe(`Error: refused. ${rightsText(path)}`)
    expect(withRights(undefined, error)).toBe(error)
  })

  test.each([
    Object.assign(new Error('busy'), { errcode: 5 }),
    Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' }),
    { errcode: 8 },
    undefined,
  ])('are not added to %o', (error) => {
    expect(withRights(path, error)).toBe(error)
  })
})

describe('a guarded connection', () => {
  const failing = (errors: unknown[]) => {
    let tries = 0
    const all = () => {
      if (tries++ < errors.length) throw errors[tries - 1]
      return [{ tries }]
    }
    return { path: undefined, busyTimeoutMs: 4_000, isInTransaction: () => false, all }
  }

  test.each([{ errcode: 5 }, { errcode: 5 + 512 }, { code: 'SQLITE_BUSY_SNAPSHOT' }])(
    'waits for a lock after %j',
    async (error) => {
      const driver = guardedDriver(failing([error, error]))
      expect(await driver.query('DELETE', [])).toEqual({ rows: [{ tries: 3 }] })
    },
  )

  test.each([{ errcode: 6 }, { errcode: 1, code: 'SQLITE_BUSY' }, { code: 'SQLITE_LOCKED' }, {}, undefined])(
    'does not wait after %j',
    async (error) => {
      const driver = guardedDriver(failing([error]))
      await expect(driver.query('SELECT 1', [])).rejects.toBe(error)
    },
  )

  test('tries once if it may not wait', async () => {
    const error = { errcode: 5 }
    const driver = guardedDriver({ ...failing([error]), busyTimeoutMs: 0 })
    await expect(driver.query('SELECT 1', [])).rejects.toBe(error)
  })

  test('reads otherwise after a failed read, and not after a failed write', async () => {
    const error = new Error('failed')
    const readOtherwise = vi.fn(() => [{ other: 1 }])
    const beforeWrite = vi.fn()
    const driver = guardedDriver({ ...failing([error, error]), readOtherwise, beforeWrite })
    expect(await driver.query('SELECT ?', ['a'])).toEqual({ rows: [{ other: 1 }] })
    expect(readOtherwise.mock.calls).toEqual([[error, 'SELECT ?', ['a']]])
    expect(beforeWrite).not.toHaveBeenCalled()
    await expect(driver.query('DELETE', [])).rejects.toBe(error)
    expect(readOtherwise).toHaveBeenCalledTimes(1)
    expect(beforeWrite).toHaveBeenCalledTimes(1)
  })
})
