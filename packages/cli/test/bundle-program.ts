/**
 * Bundles `pd-oauth` from the sources, once per run and again for each further run of a watch. A test starts it several times,
 * and a few large files load in half the time of three hundred small ones.
 */
import { join } from 'node:path'
import { build } from 'rolldown'
import type { TestProject } from 'vitest/node'

const home = join(import.meta.dirname, '..')

export async function setup(project: TestProject): Promise<void> {
  project.onTestsRerun(bundle)
  await bundle()
}

async function bundle(): Promise<void> {
  await build({
    input: join(home, 'src/main.ts'),
    platform: 'node',
    // What is loaded only by some commands, and finds files beside itself.
    external: /^(ioredis|mysql2|pg|undici)(\/|$)/,
    logLevel: 'warn',
    output: { dir: join(home, '.program'), format: 'esm', cleanDir: true },
  })
}
