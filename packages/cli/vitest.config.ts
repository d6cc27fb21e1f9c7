import { defineConfig } from 'vitest/config'
import { base, heavy, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...slow(
      import.meta.dirname,
      ['test/!(import-rows).test.ts'],
      [
        '@pd/test-support/provide-chromium',
        '@pd/test-support/install-redis',
        '@pd/test-support/provide-postgres',
      ],
    ),
  },
})
