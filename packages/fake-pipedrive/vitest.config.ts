import { defineConfig } from 'vitest/config'
import { base, pure, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...pure,
    ...slow(import.meta.dirname, ['test/command.test.ts']),
    expect: { poll: { timeout: 15_000, interval: 10 } },
  },
})
