import { defineConfig } from 'vitest/config'
import { base, heavy, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...slow(import.meta.dirname, ['test/**/*.test.ts'], ['@pd/test-support/install-redis']),
  },
})
