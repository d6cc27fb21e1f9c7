import { defineConfig } from 'vitest/config'
import { base, heavy, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...sized(import.meta.dirname, {
      servers: ['test/*-start.test.ts'],
      globalSetup: [
        './test/provide-packed.ts',
        '@pd/test-support/provide-chromium',
        '@pd/test-support/install-redis',
        '@pd/test-support/provide-postgres',
        '@pd/test-support/provide-mariadb',
      ],
    }),
  },
})
