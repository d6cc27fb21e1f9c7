import { defineConfig } from 'vitest/config'
import { base, heavy, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...sized(import.meta.dirname, {
      servers: ['test/**/{pg,d1}.test.ts', 'test/{agreement,crash,indexes,keep-alive,stampede}.test.ts'],
      globalSetup: ['@pd/test-support/provide-postgres'],
    }),
  },
})
