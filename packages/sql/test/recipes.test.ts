import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('docs/reference/sql-recipes.md shows exactly the recipes that are tested', () => {
  const shown = [...read('../../../docs/reference/sql-recipes.md').matchAll(/^```ts\n([^]*?)^```$/gm)].map(
    ([, code]) => code,
  )
  const files = globSync('recipes/*.ts', { cwd: import.meta.dirname })

  expect(files).toHaveLength(5)
  expect(shown.toSorted()).toEqual(files.map((path) => read(path)).toSorted())
})
