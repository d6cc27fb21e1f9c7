import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const packToTry = join(import.meta.dirname, '..', 'pack-to-try.ts')

test('pack:try names for each package the file to install, and leaves nothing else in the folder', () => {
  const parent = mkdtempSync(join(tmpdir(), 'pack-to-try-'))
  onTestFinished(() => rmSync(parent, { recursive: true }))
  const folder = join(parent, 'new', 'packed')
  const printed = execFileSync(process.execPath, [packToTry, folder], { encoding: 'utf8' })
  const named = [...printed.matchAll(/^(@pd\/\S+) +(\S+\.tgz)$/gm)].map(([, name, file]) => [name, file])
  const packed = readdirSync(folder).map((file) => {
    const path = join(folder, file)
    const manifest = execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' })
    return [JSON.parse(manifest).name, path]
  })
  expect(packed.length).toBeGreaterThan(1)
  expect(named.toSorted()).toEqual(packed.toSorted())
}, 120_000)
