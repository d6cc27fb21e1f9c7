/**
 * Packs every public package as it would be published, before there is a release: `pnpm pack:try <folder>`. Prints what to
 * install where a document says `npm install @pd/…`.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { standIn } from './owner.ts'
import { packPackages } from './pack-packages.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Say into which folder: pnpm pack:try <folder>')
  process.exitCode = 1
} else {
  const place = resolve(folder)
  mkdirSync(place, { recursive: true })
  console.log('Until the first release, install the file in place of the name:')
  for (const { name, tarball } of packPackages(place, standIn)) console.log(`${name.padEnd(20)} ${tarball}`)
}
