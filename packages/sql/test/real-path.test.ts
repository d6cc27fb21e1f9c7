import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realPathOf } from '../src/drivers/real-path.ts'

let folder: string
const at = (...names: readonly string[]) => join(folder, ...names)
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'real-path-')))
  mkdirSync(at('data'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the real path', () => {
  test('of a file that exists is where all links lead', () => {
    writeFileSync(at('data', 'a.db'), '')
    symlinkSync(at('data'), at('folder-link'))
    symlinkSync(at('folder-link', 'a.db'), at('link.db'))
    for (const path of [at('data', 'a.db'), at('folder-link', 'a.db'), at('link.db')])
      expect(realPathOf(path)).toBe(at('data', 'a.db'))
  })

  test('of a file that is missing is in the real folder', () => {
    symlinkSync(at('data'), at('folder-link'))
    expect(realPathOf(at('data', 'a.db'))).toBe(at('data', 'a.db'))
    expect(realPathOf(at('folder-link', 'a.db'))).toBe(at('data', 'a.db'))
  })

  test('of a link to a file that is missing is where the file would be, also by a relative link', () => {
    symlinkSync(at('data', 'a.db'), at('absolute.db'))
    symlinkSync('data/a.db', at('relative.db'))
    symlinkSync('../relative.db', at('data', 'second.db'))
    for (const path of [at('absolute.db'), at('relative.db'), at('data', 'second.db')])
      expect(realPathOf(path)).toBe(at('data', 'a.db'))
  })

  test('goes up from the folder to which a link leads, not from the link', () => {
    mkdirSync(at('deep', 'er'), { recursive: true })
    symlinkSync(at('deep', 'er'), at('folder-link'))
    writeFileSync(at('deep', 'a.db'), '')
    expect(realPathOf(`${at('folder-link')}/../a.db`)).toBe(at('deep', 'a.db'))
    symlinkSync('../b.db', at('deep', 'er', 'link.db'))
    expect(realPathOf(at('folder-link', 'link.db'))).toBe(at('deep', 'b.db'))
  })

  test('stays as it is where the folder is missing', () => {
    expect(realPathOf(at('missing', 'a.db'))).toBe(at('missing', 'a.db'))
  })

  test('of links in a circle is an error of the system', () => {
    symlinkSync(at('b.db'), at('a.db'))
    symlinkSync(at('a.db'), at('b.db'))
    expect(() => realPathOf(at('a.db'))).toThrow(/ELOOP/)
  })
})
