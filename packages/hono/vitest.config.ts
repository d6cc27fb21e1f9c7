import { defineConfig } from 'vitest/config'
import { base, pure, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: { ...base, ...pure, ...slow(import.meta.dirname, ['test/runtimes.test.ts']) },
})
