import { defineConfig } from 'vitest/config'
import { base, heavy, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    // One test starts many processes, each of which loads the whole program.
    testTimeout: 180_000,
    ...sized(import.meta.dirname, {
      slow: ['test/!(import-rows|explain-sentences).test.ts'],
      servers: ['test/{coming-from,import,login,schema,stores}.test.ts'],
      prepare: ['test/bundle-program.ts'],
      globalSetup: [
        '@pd/test-support/provide-chromium',
        '@pd/test-support/install-redis',
        '@pd/test-support/provide-postgres',
        '@pd/test-support/provide-mariadb',
      ],
    }),
  },
})
