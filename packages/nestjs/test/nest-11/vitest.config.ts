import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { base, pure, sized } from '../../../../vitest.base.ts'
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
    ...pure,
    name: manifest.name,
    root: '..',
    include: ['!(nest-guide).test.ts', 'apps/*.test.ts', 'apps/!(graphql)/**/*.test.ts'],
    ...sized(join(import.meta.dirname, '..'), { slow: ['**/*.test.ts'] }),
    env: { NEST_MAJOR: '11' },
  },
})
