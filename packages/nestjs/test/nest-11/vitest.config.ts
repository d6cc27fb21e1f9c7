import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { defineConfig } from 'vitest/config'
import { base } from '../../../../vitest.base.ts'
import manifest from './package.json' with { type: 'json' }

const { resolve } = createRequire(import.meta.url)

/** The tests of the package, with NestJS 11 in the place of NestJS 12. GraphQL's packages have versions of their own. */
export default defineConfig({
  resolve: {
    alias: Object.fromEntries(
      Object.keys(manifest.devDependencies)
        .filter((name) => name.startsWith('@nestjs/'))
        .map((name) => [name, dirname(resolve(`${name}/package.json`))]),
    ),
  },
  test: {
    ...base,
    root: '..',
    include: ['*.test.ts', 'apps/**/*.test.ts'],
    exclude: ['apps/graphql/**'],
    reporters: ['default', ['json', { outputFile: 'nest-11/artifacts/test-results.json' }]],
    env: { NEST_MAJOR: '11' },
  },
})
