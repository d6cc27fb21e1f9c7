import { defineConfig } from 'vitest/config'
import { base, heavy, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...slow(
      import.meta.dirname,
      ['test/browser/*.test.ts', 'test/{main,once,restart}.test.ts'],
      ['@pd/test-support/provide-chromium'],
    ),
    testTimeout: 30_000,
  },
})
