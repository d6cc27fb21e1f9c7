import { fork } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { savedRun, worseThan, type Worse } from './rows/compare-rows.ts'
import { tableOf, type Row } from './rows/row.ts'
import { readSavedRun, writeSavedRun } from './rows/saved-run.ts'

/**
 * Measures what this library aims at, and compares with the saved run. `pnpm bench [core] [hono] [redis] [sql] [--long] [--save]
 * [--check]`. A group that is named also prints its further figures. `--long` adds what takes longer than ten minutes,
 * `--save` saves the figures of this run, and with `--check` the command fails if a figure is worse than the saved one in
 * two runs. Each group runs in a process of its own.
 */
const flag = { type: 'boolean', default: false } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: flag, save: flag, check: flag },
})
const groups = ['core', 'hono', 'redis', 'sql']
const unknown = positionals.find((name) => !groups.includes(name))
if (unknown !== undefined) throw new Error(`There is no group ${unknown}: ${groups.join(', ')}`)

const startedAt = performance.now()
const isNamed = positionals.length > 0
const rows = new Map<string, readonly Row[]>()
for (const group of isNamed ? positionals : groups) rows.set(group, await rowsOf(group, isNamed))

const saved = readSavedRun()
let worse = worseThan(saved, [...rows.values()].flat())
for (const [group, measured] of rows) {
  const suspects = worse.filter(({ row }) => measured.some(({ name }) => name === row))
  if (!values.check || suspects.length === 0) continue
  console.log(`\n${group} seems worse than before and is measured again.`)
  const again = worseThan(saved, await rowsOf(group, false))
  worse = worse.filter((one) => !suspects.includes(one) || again.some((other) => isSame(one, other)))
}

console.log(`\n${tableOf([...rows.values()].flat())}`)
console.log(`\n${Math.round((performance.now() - startedAt) / 1_000)} s`)
for (const { row, figure, before, now } of worse)
  console.log(`worse than the saved run: ${row}, ${figure}: ${now.toPrecision(3)}, was ${before}`)
if (values.save) writeSavedRun(savedRun(saved, [...rows.values()].flat()))
if (values.check && worse.length > 0) process.exitCode = 1

async function rowsOf(group: string, withDetails: boolean): Promise<readonly Row[]> {
  const found: Row[] = []
  const args = [...(withDetails ? [] : ['--rows']), ...(values.long ? ['--long'] : [])]
  const child = fork(`${import.meta.dirname}/${group}/main.ts`, args)
  child.on('message', (row) => found.push(row as Row))
  const [status] = (await once(child, 'exit')) as [number | null]
  if (status !== 0) process.exit(status ?? 1)
  return found
}

function isSame(one: Worse, other: Worse): boolean {
  return one.row === other.row && one.figure === other.figure
}
