import { inspect } from 'node:util'
import { PipedriveOAuth, PipedriveOAuthError } from '@pd/oauth-core'
import { describe, expect, test } from 'vitest'
import { callbackUrlOf } from '../../src/index.ts'
import { sealingSecret } from './desktop.ts'

const oauth = new PipedriveOAuth({
  clientId: 'client',
  clientSecret: 'secret',
  redirectUri: 'https://app.example.com/pipedrive/callback?tenant=7',
  secrets: [sealingSecret],
})
const address = 'https://app.example.com/pipedrive/callback'

describe('what was pasted', () => {
  test.each([
    ['the whole address', `${address}?code=c0de&state=st4te`],
    ['with spaces and line breaks around it', `  ${address}?code=c0de&state=st4te\r\n`],
    ['in quotes', `"${address}?code=c0de&state=st4te"`],
    ['in angle brackets', `<${address}?code=c0de&state=st4te>`],
    ['with the host in capitals', `HTTPS://APP.example.com/pipedrive/callback?code=c0de&state=st4te`],
    ['without its scheme', 'APP.example.com/pipedrive/callback?code=c0de&state=st4te'],
    [
      'without its scheme, with an address in its query',
      'app.example.com/pipedrive/callback?code=c0de&state=st4te&next=https://app.example.com/deals',
    ],
    ['from its path on', '/pipedrive/callback?state=st4te&code=c0de'],
    ['its query', '?code=c0de&state=st4te'],
    ['its query without the question mark', 'state=st4te&code=c0de'],
    ['its query, with other parameters before', 'utm-source=mail&empty=&page=12&code=c0de&state=st4te'],
  ])('%s is the callback address, with its own state', (_what, pasted) => {
    const url = new URL(callbackUrlOf(oauth, pasted, 'another'))
    expect(url.origin + url.pathname).toBe(address)
    expect([url.searchParams.get('code'), url.searchParams.get('state')]).toEqual(['c0de', 'st4te'])
  })

  test.each([
    ['a bare code', 'c0de', 'c0de'],
    ['a code with everything codes may have in them', 'v1u:AQIB/x+y=', 'v1u:AQIB/x+y='],
    ['a code as it stands in the address', 'v1u%3AAQIB%2Fx%2By%3D', 'v1u:AQIB/x+y='],
    ['a code with a stray percent sign', '100%', '100%'],
    ['a code with quotes in it', `a"b'c`, `a"b'c`],
    ['a code with a quote at its end', `a"b"`, `a"b"`],
    ['a code with a quote at its beginning', `"a'b`, `"a'b`],
  ])('%s is taken for an answer to the state that is given', (_what, pasted, code) => {
    const url = new URL(callbackUrlOf(oauth, pasted, 'st4te'))
    expect([url.searchParams.get('code'), url.searchParams.get('state')]).toEqual([code, 'st4te'])
  })

  test.each([
    ['another site', 'https://evil.example/pipedrive/callback?code=c0de', 'foreign_callback'],
    [
      'another site without a scheme',
      'evil.example/pipedrive/callback?state=s&code=c0de',
      'foreign_callback',
    ],
    ['another path', '//evil.example/pipedrive/callback?code=c0de', 'foreign_callback'],
    ['a question', 'what? c0de', 'foreign_callback'],
    ['another page of the site', 'https://app.example.com/other?code=c0de', 'foreign_callback'],
    [
      'the same without encryption',
      'http://app.example.com/pipedrive/callback?code=c0de',
      'foreign_callback',
    ],
    ['the consent page', 'https://oauth.pipedrive.com/oauth/authorize?state=c0de', 'foreign_callback'],
    ['an unfinished address', 'https://', 'invalid_callback'],
    ['nothing', '   ', 'invalid_callback'],
    ['a sentence', 'the c0de is here', 'invalid_callback'],
  ])('%s is refused, and not repeated', (_what, pasted, code) => {
    const refusal = () => callbackUrlOf(oauth, pasted, 'st4te')
    expect(refusal).toThrow(PipedriveOAuthError)
    try {
      refusal()
    } catch (error) {
      expect(error).toMatchObject({ code })
      expect(inspect(error)).not.toContain('c0de')
    }
  })

  test('a bare code without a state to take it for is refused', () => {
    expect(() => callbackUrlOf(oauth, 'c0de')).toThrow(expect.objectContaining({ code: 'state_mismatch' }))
  })
})

test('two processes: one gives the address out, the other takes what was pasted', async () => {
  const { createFakePipedrive } = await import('@pd/fake-pipedrive')
  const fake = createFakePipedrive()
  const { clientId, clientSecret, redirectUri } = fake.app
  const make = () =>
    new PipedriveOAuth({ clientId, clientSecret, redirectUri, secrets: [sealingSecret], fetch: fake.fetch })
  const begun = await make().authorize()
  const code = new URL(await fake.approve(begun.url)).searchParams.get('code') ?? ''
  const other = make()
  const { installation } = await other.callback(callbackUrlOf(other, code, begun.state), begun.attempt)
  expect(installation.id).toBe('1001:11')
})
