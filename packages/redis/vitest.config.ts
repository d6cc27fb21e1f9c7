import { defineConfig } from 'vitest/config'
import { base, heavy, sized } from '../../vitest.base.ts'

/** Tests over clients that answer as the test says. The others need a Redis. */
const withoutRedis =
  'buckets|changes-over-line|explained-commands|findings|line|reads-of-one-turn|record-text|recognised-clients|store-commands|unknown-clients'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...sized(import.meta.dirname, {
      servers: [`test/!(${withoutRedis}).test.ts`, 'test/processes/*.test.ts'],
      globalSetup: ['@pd/test-support/install-redis'],
    }),
  },
})
