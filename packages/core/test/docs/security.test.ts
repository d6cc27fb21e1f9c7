import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')
const model = read('SECURITY.md')

/** The promises, each as one line. */
const promises = model
  .split(/^(?=- |#)/m)
  .filter((item) => /^- \*\*S\d/.test(item))
  .map((item) => item.trim().replaceAll(/\s+/g, ' '))
const ids = promises.map((item) => /^- \*\*(S\d+)\*\* \S/.exec(item)?.[1] ?? item)

/** The promises that a text names, also as a range such as `S1–S3`. */
function named(text: string): string[] {
  return [...text.matchAll(/\bS(\d+)(?:–S(\d+))?\b/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `S${Number(first) + index}`),
  )
}

/** The rows of the tables of a document, each as its cells. */
function rowsOf(document: string): string[][] {
  return document
    .split('\n')
    .filter((line) => line.startsWith('| **'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim())
        .slice(1, -1),
    )
}

describe('SECURITY.md', () => {
  test('numbers its promises without a gap, and names tests for each', () => {
    expect(ids).toEqual(promises.map((_, index) => `S${index + 1}`))
    for (const item of promises) expect(item).toMatch(/\. _Tests:_ `[^`]+`(, `[^`]+`)*$/)
  })

  test('names only tests that exist', () => {
    const files = globSync('{packages,apps,tools,docs}/**/*.test.ts', {
      cwd: root,
      exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path),
    }).map(read)
    const has = (file: string, title: string) =>
      ["'", '"', '`'].some((quote) => file.includes(quote + title + quote))
    const titles = promises.flatMap((item) => [...(item.split('_Tests:_')[1] ?? '').matchAll(/`([^`]+)`/g)])
    expect(titles.length).toBeGreaterThan(promises.length)
    const missing = titles
      .map(([, title = '']) => title)
      .filter((title) => !files.some((file) => title.split(' > ').every((part) => has(file, part))))
    expect(missing).toEqual([])
  })

  test('names only promises that there are, and each of them for somebody', () => {
    const [, who = ''] = model.split(/^## Who may try what$/m)
    const [table = ''] = who.split(/^## /m)
    expect([...new Set(named(table))].toSorted()).toEqual(ids.toSorted())
    expect(named(model).filter((id) => !ids.includes(id))).toEqual([])
  })
})

describe.each(['asvs-5', 'rfc-9700', 'rfc-8252'])('docs/security/%s.md', (name) => {
  const rows = rowsOf(read(`docs/security/${name}.md`))

  test('says of each requirement that it is met or partly met, by which promise, or why not', () => {
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      expect(row).toHaveLength(3)
      const [, , here = ''] = row
      expect(here).toMatch(/^\*\*(Met|Partly)\*\* S\d+.*\.$|^\*\*(Open|Not applicable)\*\*.{15,}\.$/)
    }
  })

  test('names only promises that SECURITY.md makes', () => {
    expect(named(rows.flat().join(' ')).filter((id) => !ids.includes(id))).toEqual([])
  })
})

test('docs/security/asvs-5.md has every requirement of chapters 7, 9 and 10 of ASVS 5.0.0 once', () => {
  const chapters = { 7: [3, 4, 2, 5, 3, 2], 9: [3, 4], 10: [2, 3, 5, 16, 5, 2, 3] }
  const every = Object.entries(chapters).flatMap(([chapter, sections]) =>
    sections.flatMap((count, section) =>
      Array.from({ length: count }, (_, index) => `V${chapter}.${section + 1}.${index + 1}`),
    ),
  )
  const listed = rowsOf(read('docs/security/asvs-5.md')).flatMap(([id = '']) => {
    const [, section, first, last = first] = /^\*\*(V\d+\.\d+)\.(\d+)(?:–V[\d.]+\.(\d+))?\*\*$/.exec(id) ?? []
    return Array.from(
      { length: Number(last) - Number(first) + 1 },
      (_, index) => `${section}.${Number(first) + index}`,
    )
  })
  expect(listed).toEqual(every)
})
