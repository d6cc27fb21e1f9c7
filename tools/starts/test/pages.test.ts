/** The quick starts agree with each other, with the tests, and with the packages' READMEs. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { printedFiles, withPrintedFiles } from '../../printed-files.ts'
import { pages, readPage, tabsOf } from '../pages.ts'
import { snippetOf, stores } from '../snippets.ts'
import { webStarts } from './web-starts.ts'

test('every page in docs/start is followed by a test, and every store at least once in the usual size', () => {
  expect(pages.toSorted()).toEqual([...Object.keys(webStarts), 'desktop', 'script'].toSorted())
  const run = Object.entries(webStarts).flatMap(([page, { everyStore }]) => (everyStore ? tabsOf(page) : []))
  expect([...new Set(run)].toSorted()).toEqual(Object.keys(stores).toSorted())
})

test('the fake Pipedrive is pointed to in the same words on every page', () => {
  const variables = pages.flatMap((page) =>
    printedFiles(readPage(page))
      .filter(({ path }) => path === '.env' || path === '.dev.vars')
      .map(({ code }) =>
        code.replace(/(?<=PIPEDRIVE_REDIRECT_URI=).*/, '').replace(/^PD_OAUTH_STORE=.*\n/m, ''),
      ),
  )
  expect(variables.length).toBeGreaterThan(5)
  expect(new Set(variables).size).toBe(1)
})

test.each(['express', 'fastify', 'hono-node', 'nest', 'next', 'desktop'])(
  'the .env of %s names the store of the first tab to pd-oauth, and the page the others',
  (page) => {
    const text = readPage(page)
    const files = printedFiles(text)
    const codeOf = (label: string) => files.find((file) => file.label === label)?.code ?? ''
    const storeIn = (tab: string | undefined) => {
      const code = codeOf(tab ?? '')
      const [, file] = /nodeSqliteDriver\('([^']+)'\)/.exec(code) ?? []
      const [, url] = /'(redis:[^']+)'/.exec(code) ?? []
      const [, prefix] = /prefix: '([^']+)'/.exec(code) ?? []
      return file === undefined ? `${url}?prefix=${prefix}` : `sqlite:${file}`
    }
    const [first, ...others] = tabsOf(page).filter((tab) =>
      ['SQLite', 'Redis: ioredis', 'Redis: node-redis'].includes(tab),
    )
    expect(files.find(({ path }) => path === '.env')?.code).toContain(`\nPD_OAUTH_STORE=${storeIn(first)}\n`)
    for (const tab of others) expect(text).toContain(storeIn(tab))
    expect(text).toContain('(../guides/connecting-fails.md)')
  },
)

describe.each(pages)('the quick start %s', (page) => {
  const text = readPage(page)
  const files = printedFiles(text)

  test('prints the stores and the client as all pages do: `pnpm --filter @pd/starts snippets` writes them', () => {
    expect(withPrintedFiles(text, snippetOf)).toBe(text)
  })

  test('has at most 130 lines, with one tab open', () => {
    const [open] = tabsOf(page)
    const hidden = files
      .filter(({ label }) => label !== undefined && label !== open)
      .flatMap(({ code }) => `${code}head, end and blank\n\n\n`.match(/\n/g) ?? [])
    const shown = text.replace(/^---\n[\s\S]*?---\n+/, '').split('\n')
    expect(shown.length - hidden.length).toBeLessThanOrEqual(130)
  })

  test('imports only what the README of the package shows', () => {
    const code = files.map((file) => file.code).join('')
    const imports = code.matchAll(/import (?:type )?\{([^}]+)\} from '@pd\/(?:oauth-)?([\w-]+)/g)
    for (const [, names = '', folder = ''] of imports) {
      const readme = readFileSync(
        fileURLToPath(new URL(`../../../packages/${folder}/README.md`, import.meta.url)),
        'utf8',
      )
      for (const name of names.split(',').map((one) => one.trim().replace(/^type /, '')))
        expect(readme).toContain(name)
    }
  })
})
