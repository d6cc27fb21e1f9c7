import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    globalSetup: [
      '@pd/test-support/provide-chromium',
      '@pd/test-support/install-redis',
      '@pd/test-support/provide-postgres',
    ],
    // Each test starts processes, some of them browsers and databases.
    maxWorkers: 2,
  },
})
