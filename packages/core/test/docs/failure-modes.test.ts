import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const document = readFileSync(`${root}docs/how-it-works/failure-modes.md`, 'utf8')

/** The ids at the beginning of a text in quotes, such as `'F02 F05 …'`. */
const idsOfTitles = /['"`]((?:F\d{2,} )+)/g

function idsInTitles(): ReadonlySet<string> {
  const files = globSync('{packages,apps,bench,tools,docs}/**/*.ts', {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|\.site)$/.test(path),
  })
  const heads = files.flatMap((file) =>
    [...readFileSync(root + file, 'utf8').matchAll(idsOfTitles)].map(([, ids = '']) => ids),
  )
  return new Set(heads.flatMap((ids) => ids.trim().split(' ')))
}

/** The items of the list, each as one line. */
const items = document
  .split(/^(?=- |#)/m)
  .filter((item) => item.startsWith('- '))
  .map((item) => item.trim().replaceAll(/\s+/g, ' '))
const listed = items.map((item) => /^- \*\*(F\d+)\*\* /.exec(item)?.[1])

test('docs/how-it-works/failure-modes.md explains every id that a title carries', () => {
  expect([...idsInTitles()].filter((id) => !listed.includes(id)).toSorted()).toEqual([])
})

test('docs/how-it-works/failure-modes.md lists no id that no title carries', () => {
  const carried = idsInTitles()
  expect(items.filter((_, index) => !carried.has(listed[index] ?? ''))).toEqual([])
})

test('docs/how-it-works/failure-modes.md lists each id once, and says what goes wrong elsewhere and what holds here', () => {
  expect(listed.filter((id, index) => listed.indexOf(id) !== index)).toEqual([])
  for (const item of items) expect(item).toMatch(/^- \*\*F\d+\*\* \S.+\. _Here:_ \S.+\.$/)
})
