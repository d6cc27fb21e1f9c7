import { defineConfig } from 'vitest/config'
import { base, heavy, slow } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...slow(
      import.meta.dirname,
      ['test/**/{pg,d1}.test.ts', 'test/{agreement,crash,indexes,keep-alive,stampede}.test.ts'],
      ['@pd/test-support/provide-postgres'],
    ),
  },
})
