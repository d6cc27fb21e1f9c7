import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/**
 * Prints the figures that the documents quote. `pnpm bench [core] [hono] [redis] [sql] [--long]`
 * `--long` adds what takes longer than ten minutes. Each group runs in a process of its own.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false } },
})
const long = values.long ? ['--long'] : []
const groups: Readonly<Record<string, readonly string[]>> = {
  core: ['core/main.ts', ...long],
  hono: ['hono/main.ts'],
  redis: ['redis/main.ts', ...long],
  sql: ['sql/main.ts'],
}

const unknown = positionals.find((name) => !(name in groups))
if (unknown !== undefined) throw new Error(`There is no group ${unknown}: ${Object.keys(groups).join(', ')}`)

for (const name of positionals.length > 0 ? positionals : Object.keys(groups)) {
  const { status } = spawnSync(process.execPath, groups[name]!, {
    cwd: import.meta.dirname,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
