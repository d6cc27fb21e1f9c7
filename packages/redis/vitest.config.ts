import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    globalSetup: ['@pd/test-support/install-redis'],
    // Each file starts its own servers and processes.
    maxWorkers: 2,
  },
})
