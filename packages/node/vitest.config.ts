import { defineConfig } from 'vitest/config'
import { base, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...sized(import.meta.dirname, {
      servers: ['test/chromium.test.ts', 'test/listener/tls.test.ts'],
      globalSetup: ['@pd/test-support/provide-chromium'],
    }),
  },
})
