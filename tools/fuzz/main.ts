/** Fuzzes everything that takes input from outside: `pnpm fuzz [inputs]`, with FUZZ_SEED to repeat a run. */
import { fuzzTargets } from './fuzz-targets.ts'

const inputs = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
process.stdout.write(`FUZZ_SEED=${seed}\n`)

const targets = await fuzzTargets()
const shares = targets.reduce((sum, { share }) => sum + share, 0)
let total = 0
for (const { name, share, run } of targets) {
  const count = Math.ceil((inputs * share) / shares)
  const startedAt = performance.now()
  try {
    await run(count, seed)
    total += count
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    process.stdout.write(`${String(count).padStart(9)}  ${seconds.padStart(6)} s  ${name}\n`)
  } catch (error) {
    process.exitCode = 1
    process.stdout.write(
      `   FAILED  ${name}\n${String((error as Error).stack)}\n${String((error as Error).cause)}\n`,
    )
  }
}
process.stdout.write(`${String(total).padStart(9)}  inputs without a crash or a secret\n`)
