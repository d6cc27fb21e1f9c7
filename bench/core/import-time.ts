import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const entry = new URL('../../packages/core/dist/index.js', import.meta.url)
const runs = 21

/** How long a fresh process takes to import the built core, beyond an empty one. Needs `pnpm build`. */
export function printImportTime(): void {
  if (!existsSync(fileURLToPath(entry)))
    throw new Error('packages/core/dist is missing: run `pnpm build` first')
  console.log('\nImport of the built core in a fresh process')
  const times = Array.from({ length: runs }, () => Number(importOnce())).sort((left, right) => left - right)
  console.log(
    `  median of ${runs}: ${times[Math.floor(runs / 2)]!.toFixed(1)} ms, fastest ${times[0]!.toFixed(1)} ms`,
  )
}

function importOnce(): string {
  const script = `const begin = performance.now(); await import(${JSON.stringify(entry.href)}); console.log(performance.now() - begin)`
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
}
