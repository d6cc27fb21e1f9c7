import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inTurns, least, median, ms, times } from '../figures.ts'
import { report } from '../rows/row.ts'

const core = fileURLToPath(new URL('../../packages/core', import.meta.url))
const runs = 21
const aim = 1.5

/** How long a fresh process takes to import the built core, against `jose` alone. Needs `pnpm build`. */
export async function benchImport(): Promise<void> {
  if (!existsSync(`${core}/dist/index.js`))
    throw new Error('packages/core/dist is missing: run `pnpm build` first')
  const took = await inTurns(runs, {
    core: async () => importOnce('./dist/index.js'),
    jose: async () => importOnce('jose'),
  })
  const ratio = least(took.core) / least(took.jose)
  report({
    name: 'import of the built core',
    aim: `${aim} × jose`,
    result: `${times(ratio)}: ${ms(least(took.core))} ms, median ${ms(median(took.core))} ms`,
    isMet: ratio <= aim,
    beside: `import 'jose' ${ms(least(took.jose))} ms, median ${ms(median(took.jose))} ms; least of ${runs} processes each`,
    figures: { 'of jose': { value: ratio, better: 'lower', tolerance: 0.25 } },
  })
}

function importOnce(specifier: string): number {
  const script = `const begin = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - begin)`
  const args = ['--input-type=module', '--eval', script]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: core }))
}
