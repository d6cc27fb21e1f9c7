import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

export default defineConfig({
  test: { ...base, expect: { poll: { timeout: 15_000, interval: 10 } } },
})
