import type { TestUserConfig } from 'vitest/node'

/** What the tests of every package share. The JSON report is what `tools/print-test-totals.ts` adds up. */
export const base: TestUserConfig = {
  include: ['test/**/*.test.ts'],
  reporters: ['default', ['json', { outputFile: 'artifacts/test-results.json' }]],
  allowOnly: false,
  passWithNoTests: false,
  // Generous, for busy machines: nothing waits that long when it passes.
  testTimeout: 60_000,
  hookTimeout: 120_000,
}
