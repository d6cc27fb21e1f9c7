import { globSync } from 'node:fs'
import { join } from 'node:path'
import { configDefaults } from 'vitest/config'
import type { TestUserConfig } from 'vitest/node'
import { hangReporter } from './tools/hang-reporter.ts'
import { TotalsReporter } from './tools/totals-reporter.ts'

// Tests start hundreds of processes, which all load the same sources.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

/** What the tests of every package share. */
export const base: TestUserConfig = {
  include: ['test/**/*.test.ts'],
  // No test takes ten minutes. A file that reports nothing for so long is in an endless loop.
  reporters: ['default', new TotalsReporter(), hangReporter(600_000)],
  allowOnly: false,
  passWithNoTests: false,
  maxWorkers: '100%',
  // Generous, for busy machines: nothing waits that long when it passes.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000, interval: 10 } },
}

/** For packages whose test files start servers, browsers and processes: two files at once, after all other packages. */
export const heavy: TestUserConfig = { maxWorkers: 2, sequence: { groupOrder: 1 } }

/** For packages whose tests share nothing but modules: one process runs many files, which halves the time. */
export const pure: TestUserConfig = { isolate: false }

const sizes = ['fast', 'portable', 'usual', 'full']
/** How much is tested. Long searches read TEST_SIZE as well, to search further when it is `full`. */
const size = process.env['TEST_SIZE'] ?? 'usual'
if (!sizes.includes(size)) throw new Error(`TEST_SIZE is one of ${sizes.join(', ')}, not ${size}`)

interface LeftOut {
  /** Long searches, and what starts processes. `fast` leaves them out. */
  readonly slow?: readonly string[]
  /** What needs real servers, browsers or other runtimes. `fast` and `portable` leave them out. */
  readonly servers?: readonly string[]
  /** What provides these servers, once per run. */
  readonly globalSetup?: readonly string[]
  /** What prepares the tests of every size, once per run. */
  readonly prepare?: readonly string[]
}

/**
 * Leaves out what the size of this run does not ask for.
 * @throws {Error} when a pattern matches no file, so that a moved file does not become fast unnoticed
 */
export function sized(
  folder: string,
  { slow = [], servers = [], globalSetup = [], prepare = [] }: LeftOut,
): Pick<TestUserConfig, 'exclude' | 'globalSetup'> {
  for (const pattern of [...slow, ...servers])
    if (globSync(pattern, { cwd: folder }).length === 0)
      throw new Error(`${folder}/vitest.config.ts: no file matches ${pattern}`)
  const without = (...files: string[]) => ({
    exclude: [...configDefaults.exclude, ...files],
    globalSetup: [...prepare],
  })
  if (size === 'fast') return without(...slow, ...servers)
  if (size === 'portable') return without(...servers)
  return { globalSetup: [...prepare, ...globalSetup] }
}
