import { defineConfig } from 'vitest/config'
import { base, heavy, sized } from '../../vitest.base.ts'

export default defineConfig({
  test: {
    ...base,
    ...heavy,
    ...sized(import.meta.dirname, {
      slow: [
        'test/processes/{node-sqlite,better-sqlite3,create-table}*.test.ts',
        'test/suite/sqlite-recipes.test.ts',
      ],
      servers: ['test/**/{pg,d1,mysql}*.test.ts', 'test/indexes.test.ts'],
      globalSetup: ['@pd/test-support/provide-postgres', '@pd/test-support/provide-mariadb'],
    }),
  },
})
