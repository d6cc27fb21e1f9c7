import { globSync, readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { samples } from '../../generate/errors/samples.ts'
import { site } from '../../generate/folders.ts'

const pages = globSync('**/*.md', { cwd: site }).map((page) => page.replaceAll('\\', '/'))
const get = async (path: string) => {
  const response = await fetch(`${inject('site')}${path}`)
  return { status: response.status, text: await response.text() }
}

test('every page, and its form as Markdown, answers 200', async () => {
  expect(pages.length).toBeGreaterThan(60)
  const paths = pages.flatMap((page) => {
    const path = page.replace(/(index)?\.md$/, '')
    return [`/${path}`, `/${path.replace(/\/$/, '') || 'index'}.md`]
  })
  const answers = await Promise.all(paths.map(async (path) => ({ path, status: (await get(path)).status })))
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
})

test('every link leads to a page that has its anchor', async () => {
  const anchors = new Map<string, ReadonlySet<string>>()
  const links: { readonly from: string; readonly to: string }[] = []
  for (const page of pages) {
    const path = `/${page.replace(/(index)?\.md$/, '')}`
    const { text } = await get(path)
    anchors.set(path, new Set([...text.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id)))
    const [, main = ''] = /<main[^>]*>([^]*)<\/main>/.exec(text) ?? []
    for (const [, href = ''] of main.matchAll(/<a [^>]*href="([^"]+)"/g))
      if (href.startsWith('/') || href.startsWith('#'))
        links.push({ from: path, to: decodeURIComponent(new URL(href, `http://site${path}`).href.slice(11)) })
  }
  expect(links.length).toBeGreaterThan(1_000)
  const dead = links.filter(({ to }) => {
    const [path = '', anchor] = to.split('#')
    return (
      !/\.\w+$/.test(path) &&
      (anchors.get(path) === undefined || (anchor !== undefined && !anchors.get(path)?.has(anchor)))
    )
  })
  expect(dead).toEqual([])
})

test.each(Object.keys(samples))('error.docs of %s leads to its page', async (code) => {
  const { status, text } = await get(`/reference/errors/${code}`)
  expect([status, text.includes(`<h1 id="${code.replaceAll('_', '-')}"`)]).toEqual([200, true])
})

test('llms.txt lists every page, and llms-full.txt holds them', async () => {
  const { text } = await get('/llms.txt')
  for (const code of Object.keys(samples)) expect(text).toContain(`/reference/errors/${code}.md`)
  const { text: full } = await get('/llms-full.txt')
  expect(full).toContain('A record is sealed with a secret that is not among')
})

test('no page names a stand-in for an address that nobody has given', () => {
  for (const page of pages) expect(readFileSync(`${site}/${page}`, 'utf8')).not.toContain('owner.example.com')
})
