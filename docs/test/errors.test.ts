import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { errorFrame } from '../generate/errors/error-frame.ts'
import { samples, type DocumentedCode } from '../generate/errors/samples.ts'

const folder = fileURLToPath(new URL('../reference/errors', import.meta.url))
// The compiler reports a code that has no sample.
const codes = Object.keys(samples) as DocumentedCode[]

test('each error code has its page, and each page its code', () => {
  const pages = globSync('*.md', { cwd: folder }).map((path) => basename(path, '.md'))
  expect(pages.filter((page) => page !== 'index').toSorted()).toEqual(codes.toSorted())
})

test.each(codes)('the page of %s says what it means, whose move it is and what to do', (code) => {
  const text = readFileSync(`${folder}/${code}.md`, 'utf8')
  expect(text).toMatch(
    new RegExp(`^# ${code}\\n\\n\\S[^#]+\\n\\n\\*\\*Whose move:\\*\\* \\S.+\\n\\n## What to do\\n\\n- \\S`),
  )
})

test.each(codes)('the page of %s shows an error that the library makes', async (code) => {
  const frame = await errorFrame(code)
  expect(frame).toContain(`| \`error.docs\` | \`/reference/errors/${code}\` |`)
  expect(frame).toMatch(
    code.endsWith('_rejected') || code.startsWith('store_') ? /\(\w+, installation 123:456\)/ : /```text\n\S/,
  )
})

test.each([
  ['state_mismatch', 'This link was not started here', 'For your safety'],
  ['code_refused', 'This link no longer works', 'Pipedrive’s confirmation works only once'],
  ['access_denied', 'Not connected', 'You cancelled on Pipedrive’s page'],
  ['token_endpoint_unavailable', 'Pipedrive is not answering', 'Reload this page'],
  ['api_unavailable', 'Pipedrive is not answering', 'Reload this page'],
  ['client_rejected', 'Something went wrong', 'This is not your fault'],
] as const)(
  'the page of %s has the words that its users see, the title as a heading',
  async (code, title, text) => {
    expect(await errorFrame(code)).toMatch(new RegExp(`^### ${title}\\n\\n> .*${text}`, 'm'))
  },
)

test.each(['bad_credentials', 'invalid_argument'] as const)(
  'the page of %s names no page, because no browser shows one',
  async (code) => expect(await errorFrame(code)).not.toContain('In the browser'),
)
