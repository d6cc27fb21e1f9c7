import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@pd/oauth-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { movedCheck } from '../src/drivers/moved-check.ts'

let folder: string
const at = (name: string) => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moved-check-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a check for a file that was moved', () => {
  test('passes while the path leads to the file', () => {
    writeFileSync(at('a.db'), '')
    const check = movedCheck(at('a.db'))
    writeFileSync(at('a.db'), 'changed')
    expect(check).not.toThrow()
  })

  test.each<[string, () => void]>([
    ['is missing', () => renameSync(at('a.db'), at('moved.db'))],
    [
      'is another one',
      () => {
        renameSync(at('a.db'), at('moved.db'))
        writeFileSync(at('a.db'), '')
      },
    ],
  ])('throws once the file %s, and passes when it is back', (_, change) => {
    writeFileSync(at('a.db'), '')
    const check = movedCheck(at('a.db'))
    change()
    expect(check).toThrow(StoreError)
    expect(check).toThrow(`${at('a.db')} was moved, deleted or replaced`)
    renameSync(at('moved.db'), at('a.db'))
    expect(check).not.toThrow()
  })

  test('throws for a file that was missing at the beginning', () => {
    const check = movedCheck(at('a.db'))
    expect(check).toThrow(StoreError)
    writeFileSync(at('a.db'), '')
    expect(check).toThrow(StoreError)
  })
})
