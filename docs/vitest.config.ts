import { defineConfig } from 'vitest/config'
import { base, heavy, sized } from '../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...sized(import.meta.dirname, {
      servers: ['test/browser/*.test.ts'],
      globalSetup: ['@pd/test-support/provide-chromium', './test/provide-site.ts'],
    }),
  },
})
