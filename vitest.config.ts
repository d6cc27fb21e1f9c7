import { defineConfig } from 'vitest/config'
import { base } from './vitest.base.ts'

/** One run over the tests of every package. Each also runs alone: `pnpm --filter @pd/oauth-core test`. */
export default defineConfig({
  test: {
    ...base,
    projects: [
      '{packages,apps}/*/vitest.config.ts',
      'packages/nestjs/test/nest-11/vitest.config.ts',
      'tools/{,packed/,recipes/,starts/}vitest.config.ts',
      '{docs,bench}/vitest.config.ts',
    ],
  },
})
