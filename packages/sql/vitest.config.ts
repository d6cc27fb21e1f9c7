import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    globalSetup: ['test/servers/provide-postgres.ts'],
    // Every file starts servers and processes of its own.
    maxWorkers: 2,
  },
})
