import { expect, test } from 'vitest'
import { selectTests } from '../select-tests.ts'

const texts: Readonly<Record<string, string>> = {
  'packages/core/test/flow/adopt.test.ts': "test('F07 adopt() keeps what is newer')",
  'packages/core/test/laws.test.ts': "test('F09 nothing is lost (twice)')",
  'packages/core/test/cases.ts': "title: 'F09 in every store'",
}
const sources = Object.keys(texts)
const tests = sources.filter((path) => path.endsWith('.test.ts'))
const select = (...names: string[]) => selectTests(names, tests, sources, (path) => texts[path] ?? '')

test('without a name everything runs', () => {
  expect(select()).toEqual({ files: [], related: [], title: undefined })
})

test.each([
  'adopt',
  'flow/adopt.test',
  './packages/core/test/flow/adopt.test.ts',
  String.raw`test\flow\adopt`,
])('%s is a file', (name) => {
  expect(select(name)).toEqual({
    files: [name.replaceAll('\\', '/').replace(/^\.\//, '')],
    related: [],
    title: undefined,
  })
})

test('what is no file is a title, and only what mentions it has to be loaded', () => {
  expect(select('F09')).toEqual({
    files: [],
    related: ['packages/core/test/laws.test.ts', 'packages/core/test/cases.ts'],
    title: 'F09',
  })
})

test('a title is taken as it is written', () => {
  const { title } = select('is lost (twice)')
  expect(new RegExp(title!).test('F09 nothing is lost (twice)')).toBe(true)
})

test('a title that stands nowhere as a whole is looked for in every file', () => {
  expect(select('rotating endpoint, 3 processes')).toMatchObject({ files: [], related: [] })
})

test('a file and a title: the title in that file', () => {
  expect(select('adopt', 'F07')).toEqual({ files: ['adopt'], related: [], title: 'F07' })
})
