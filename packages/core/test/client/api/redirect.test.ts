import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PipedriveOAuth } from '../../../src/index.ts'
import { sealingSecret } from '../../flow/scene.ts'
import { recordedFetch } from '../../flow/recorded-fetch.ts'

const own = 'https://acme.pipedrive.com'

/** Where a redirect may lead. */
const targets = fc.constantFrom(
  '/api/v2/elsewhere',
  `${own}/x`,
  'https://acme.pipedrive.com:443/x',
  '//acme.pipedrive.com/x',
  'https://acme.pipedrive.com:8443/x',
  'https://globex.pipedrive.com/x',
  'https://files.example/x',
  '//files.example/x',
  'http://acme.pipedrive.com/x',
  'http://files.example/x',
  'data:text/plain,secret',
  'file:///etc/passwd',
  'blob:https://acme.pipedrive.com/x',
  'ftp://files.example/x',
  'javascript:alert(1)',
  'ws://files.example/x',
  'about:blank',
  'https://user:word@acme.pipedrive.com/x',
  'https://user@files.example/x',
  'https://',
  'http://[',
  '\u0000https://files.example/x',
  ' file:///etc/passwd',
  'FILE:/etc/passwd',
)
const statuses = fc.constantFrom(300, 301, 302, 303, 304, 305, 307, 308, 399)
const requests = fc.constantFrom<RequestInit>(
  {},
  { method: 'HEAD' },
  { method: 'get' },
  { method: 'DELETE' },
  { method: 'OPTIONS' },
  { method: 'POST', body: '{}' },
  { method: 'PUT', body: '{}' },
  { method: 'PATCH', body: '{}' },
  { method: 'POST' },
)
const headers = {
  accept: 'text/csv',
  'accept-language': 'de',
  range: 'bytes=0-9',
  'content-type': 'application/json',
  cookie: 'a=1',
  'x-api-token': 'mine',
  'x-anything': '1',
}
const harmless = ['accept', 'accept-language', 'range']

/** A `fetch` whose first answers are redirects along this chain. */
function chainOf(chain: readonly (readonly [status: number, target: string])[]) {
  const left = [...chain]
  const recorded = recordedFetch(async () => {
    const [status, target] = left.shift() ?? [200, '']
    return status === 200
      ? new Response('the end')
      : new Response(status === 304 ? null : 'moved', {
          status,
          headers: { location: target.replace('\u0000', '') },
        })
  })
  const oauth = new PipedriveOAuth({
    clientId: 'a-client',
    clientSecret: 'client-secret',
    redirectUri: 'https://app.example.com/callback',
    secrets: [sealingSecret],
    fetch: recorded.fetch,
  })
  const { fetch } = oauth.withAccessToken({ accessToken: 'at', apiDomain: own })
  return { fetch, sent: recorded.sent }
}

test('F55 whatever a redirect says, the token stays at the API, and nothing leaves https', async () => {
  const hops = fc.array(fc.tuple(statuses, targets), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(hops, requests, async (chain, init) => {
      const { fetch, sent } = chainOf(chain)
      const response = await fetch('/api/v2/deals', { ...init, headers })
      let hasLeft = false
      for (const [index, request] of sent.entries()) {
        const { origin, protocol, username } = new URL(request.url)
        hasLeft ||= origin !== own
        expect([protocol, username]).toEqual(['https:', ''])
        expect(request.headers.has('authorization')).toBe(!hasLeft)
        if (hasLeft && index > 0) {
          expect(['GET', 'HEAD']).toContain(request.method.toUpperCase())
          expect([...request.headers.keys()].filter((name) => !harmless.includes(name))).toEqual([])
        }
      }
      // What was not followed is given back as it came, its body unread.
      const given = chain[sent.length - 1]
      expect(response.status).toBe(given?.[0] ?? 200)
      if (given !== undefined && given[0] !== 304) expect(await response.text()).toBe('moved')
    }),
    { numRuns: 500 },
  )
})

test.each([
  [302, 'https://files.example/x', {}, 'GET'],
  [307, 'https://files.example/x', { method: 'HEAD' }, 'HEAD'],
  [303, 'https://files.example/x', { method: 'POST', body: '{}' }, 'GET'],
  [308, '/elsewhere', { method: 'PUT', body: '{}' }, 'PUT'],
] as const)('F55 a %i to %s is followed for %o, as %s', async (status, target, init, method) => {
  const { fetch, sent } = chainOf([[status, target]])
  const response = await fetch('/api/v2/deals', { ...init, headers })
  expect([response.status, sent[1]?.method]).toEqual([200, method])
  expect(sent[1]?.headers.get('accept')).toBe('text/csv')
})

test.each([
  [307, 'https://files.example/x', { method: 'POST', body: '{}' }],
  [308, 'https://globex.pipedrive.com/x', { method: 'DELETE' }],
  [302, 'https://files.example/x', { method: 'PUT', body: '{}' }],
  [302, 'http://acme.pipedrive.com/x', {}],
  [302, 'data:text/plain,x', {}],
  [302, 'file:///etc/passwd', {}],
  [300, '/elsewhere', {}],
] as const)('F55 a %i to %s is given back for %o', async (status, target, init) => {
  const { fetch, sent } = chainOf([[status, target]])
  const response = await fetch('/api/v2/deals', init)
  expect([response.status, response.headers.get('location'), sent.length]).toEqual([status, target, 1])
})

test('F55 a host that sends the request back to the API does not get the token added again', async () => {
  const { fetch, sent } = chainOf([
    [302, 'https://files.example/x'],
    [302, `${own}/api/v2/deals`],
  ])
  await fetch('/api/v2/deals')
  expect(sent.map((one) => one.headers.has('authorization'))).toEqual([true, false, false])
})

test('F55 redirects to other hosts are counted, too', async () => {
  const { fetch, sent } = chainOf(Array.from({ length: 99 }, () => [302, 'https://files.example/x'] as const))
  await expect(fetch('/api/v2/deals')).rejects.toBeInstanceOf(TypeError)
  expect(sent).toHaveLength(6)
})
