import { globSync } from 'node:fs'
import { configDefaults } from 'vitest/config'
import type { TestUserConfig } from 'vitest/node'
import { TotalsReporter } from './tools/totals-reporter.ts'

/** What the tests of every package share. */
export const base: TestUserConfig = {
  include: ['test/**/*.test.ts'],
  reporters: ['default', new TotalsReporter()],
  allowOnly: false,
  passWithNoTests: false,
  maxWorkers: '100%',
  // Generous, for busy machines: nothing waits that long when it passes.
  testTimeout: 60_000,
  hookTimeout: 120_000,
}

/** For packages whose test files start servers, browsers and processes: two files at once, after all other packages. */
export const heavy: TestUserConfig = { maxWorkers: 2, sequence: { groupOrder: 1 } }

/** For packages whose tests share nothing but modules: one process runs many files, which halves the time. */
export const pure: TestUserConfig = { isolate: false }

const isFast = process.env['TEST_SIZE'] === 'fast'

/**
 * The files that `pnpm test:fast` leaves out: long searches, and what needs real servers, browsers or runtimes.
 * `globalSetup` is what only these files need.
 * @throws {Error} when a pattern matches no file, so that a moved file does not become fast unnoticed
 */
export function slow(
  folder: string,
  files: readonly string[],
  globalSetup: readonly string[] = [],
): Pick<TestUserConfig, 'exclude' | 'globalSetup'> {
  for (const pattern of files)
    if (globSync(pattern, { cwd: folder }).length === 0)
      throw new Error(`${folder}/vitest.config.ts: no file matches ${pattern}`)
  return isFast ? { exclude: [...configDefaults.exclude, ...files] } : { globalSetup: [...globalSetup] }
}
