import { defineConfig } from 'vitest/config'
import { base, sized } from '../vitest.base.ts'

export default defineConfig({
  test: { ...base, ...sized(import.meta.dirname, { slow: ['test/{regular-expressions,versions}.test.ts'] }) },
})
