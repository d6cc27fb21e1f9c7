import { defineConfig } from 'vitest/config'
import { base, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...slow(
      import.meta.dirname,
      ['test/login/{chromium,login,program}.test.ts'],
      ['@pd/test-support/provide-chromium'],
    ),
  },
})
