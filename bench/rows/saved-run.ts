import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SavedRun } from './compare-rows.ts'

const file = fileURLToPath(new URL('../saved-run.json', import.meta.url))

/** Returns the run that `--save` wrote last. */
export function readSavedRun(): SavedRun {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SavedRun) : {}
}

export function writeSavedRun(run: SavedRun): void {
  writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`)
}
