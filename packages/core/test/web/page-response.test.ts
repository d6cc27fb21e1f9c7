import { expect, test } from 'vitest'
import type { PageLook } from '../../src/web/page-look.ts'
import { pageResponse } from '../../src/web/page-response.ts'

const hostile = `"><script>alert('x')</script>&amp;`
const escaped = '&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;amp;'

test('pageResponse() escapes every text that it shows', async () => {
  const link = { href: `/install?returnTo=${hostile}`, label: `label ${hostile}` }
  const content = { title: `title ${hostile}`, text: `text ${hostile}`, link, code: `code ${hostile}` }
  const page = await pageResponse(content).text()

  expect(page).not.toContain('<script')
  expect(page).toContain(`<title>title ${escaped}</title>`)
  expect(page).toContain(`<h1>title ${escaped}</h1>`)
  expect(page).toContain(`<p>text ${escaped}</p>`)
  expect(page).toContain(`<a href="/install?returnTo=${escaped}">label ${escaped}</a>`)
  expect(page).toContain(`<code>code ${escaped}</code>`)
})

const content = { title: 'A title', text: 'A text' }

test('pageResponse() is kept by no cache, tells no address, and can be framed by nobody', () => {
  const { status, headers } = pageResponse(content)
  expect([status, Object.fromEntries(headers)]).toEqual([
    200,
    {
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  ])
})

test('pageResponse() for a frame can be framed by Pipedrive, or by the origins that it is given', () => {
  const policy = (look?: PageLook) =>
    pageResponse(content, { framed: true, look }).headers.get('content-security-policy')
  expect(policy()).toMatch(/ frame-ancestors https:\/\/\*\.pipedrive\.com$/)
  expect(policy({ frameAncestors: ['http://localhost:1', 'https://b.example'] })).toMatch(
    / frame-ancestors http:\/\/localhost:1 https:\/\/b\.example$/,
  )
})

test('pageResponse() has a line for the app only if it has a name or a logo', async () => {
  const page = (look?: PageLook) => pageResponse(content, { look }).text()
  expect(await page()).not.toContain('class="app"')
  expect(await page({ appName: 'Acme' })).toContain('<p class="app"><bdi>Acme</bdi></p>')
  expect(await page({ logoUrl: '/logo.svg' })).toContain(
    '<p class="app"><img src="/logo.svg" alt="" height="40"></p>',
  )
})

test.each([
  ['#000000', '#fff'],
  ['#0a0a0a', '#fff'],
  ['#767676', '#fff'],
  ['#777777', '#000'],
  ['#ffffff', '#000'],
  ['#ff0000', '#000'],
  ['#00ff00', '#000'],
  ['#0000ff', '#fff'],
])('the text on the accent %s is %s', async (accent, ink) => {
  const page = await pageResponse(content, { look: { accent } }).text()
  expect(page.replaceAll(/\s+/g, ' ')).toContain(`background: ${accent}; color: ${ink};`)
})
