import { expect, test } from 'vitest'
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
