import { defineConfig } from 'vitest/config'
import { base, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...sized(import.meta.dirname, {
      slow: ['test/login/{login,program}.test.ts'],
      servers: ['test/login/chromium.test.ts'],
      globalSetup: ['@pd/test-support/provide-chromium'],
    }),
  },
})
