import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.base.ts'

// Generous, for busy machines: nothing waits that long when it passes.
export default defineConfig({
  test: { ...base, testTimeout: 30_000, expect: { poll: { timeout: 15_000, interval: 10 } } },
})
