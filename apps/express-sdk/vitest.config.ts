import { defineConfig } from 'vitest/config'
import { base, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: { ...base, ...slow(import.meta.dirname, ['test/*.test.ts']) },
})
