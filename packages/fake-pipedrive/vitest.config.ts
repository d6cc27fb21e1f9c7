import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...pure,
    ...sized(import.meta.dirname, { slow: ['test/command.test.ts'] }),
    expect: { poll: { timeout: 15_000, interval: 10 } },
  },
})
