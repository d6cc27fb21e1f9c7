import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWebAuth } from '../../src/adapter.ts'
import { ReauthorizationRequiredError } from '../../src/index.ts'
import { cookiesSetBy } from './browser.ts'
import { createWebScene, origin } from './web-scene.ts'

/** What would act in HTML, in a header or as another host, if it came back as it was sent. */
const hostile = [
  '//evil.example',
  '/\\evil.example',
  '/..//evil.example',
  '/.//evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  '/%0d%0aset-cookie:x=1',
  '\r\nset-cookie: x=1',
  '<zq>"zq\'zq',
  '"><zq>',
  '\u202ezq',
  '/ok',
  '',
]
const value = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.constantFrom('x', '/é', '<zq>', '%').map((text) => text.repeat(3_000)),
)
const name = fc.constantFrom(
  'returnTo',
  'reconnect',
  'state',
  'code',
  'error',
  'error_description',
  'token',
  'moved',
  'everywhere',
)
const route = fc.oneof(
  fc.constantFrom(['install', 'GET'], ['callback', 'GET'], ['disconnect', 'POST'], ['logout', 'POST']),
  fc.tuple(
    fc.constantFrom('install', 'callback', 'disconnect', 'logout', 'of-the-application'),
    fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'PUT'),
  ),
)
const ofOwnPage = { accept: 'text/html', origin, 'sec-fetch-site': 'same-origin' }
const headers = fc.oneof(
  fc.constant(ofOwnPage),
  fc.record(
    {
      accept: fc.constantFrom('text/html', 'application/json'),
      origin: fc.constantFrom(origin, 'https://evil.example', 'null'),
      host: fc.constantFrom(
        'app.example.com',
        'www.example.com',
        'evil.example',
        'evil.example:443\\@x',
        '<zq>',
      ),
      'x-forwarded-host': fc.constantFrom('evil.example', 'app.example.com, evil.example', '"zq'),
      'x-forwarded-proto': fc.constantFrom('http', 'javascript'),
      'sec-fetch-dest': fc.constantFrom('document', 'iframe', 'empty'),
      'sec-fetch-mode': fc.constantFrom('navigate', 'cors'),
      'sec-fetch-site': fc.constantFrom('same-origin', 'cross-site', 'none'),
    },
    { requiredKeys: [] },
  ),
)
const request = fc.record({
  route,
  query: fc.array(fc.tuple(name, value), { maxLength: 4 }),
  headers,
})

test('no request leads a browser to another host, comes back as HTML, or gets a long cookie', async () => {
  const { handler, oauth, fake } = createWebScene()
  const auth = createWebAuth(oauth)
  const consent = new URL((await oauth.authorize()).url)
  await fc.assert(
    fc.asyncProperty(request, async ({ route: [path, method], query, headers }) => {
      const address = new URL(`/pipedrive/${path}`, origin)
      for (const [name, value] of query) address.searchParams.append(name, value)
      const own = new Request(address, { method, headers })
      const answer =
        (await handler(own)) ??
        (await auth.answer(new ReauthorizationRequiredError('not_signed_in'), own, undefined))
      const location = answer.headers.get('location')
      if (location !== null) {
        const { origin: target, pathname } = new URL(location, address)
        expect([origin, consent.origin]).toContain(target)
        if (target === consent.origin) expect(pathname).toBe(consent.pathname)
      }
      const body = await answer.text()
      expect(body).not.toMatch(/<zq>|"zq|'zq|href="(?!https:\/\/app\.example\.com\/|https:\/\/oauth\.)/)
      expect(answer.status).toBeLessThan(500)
      for (const cookie of cookiesSetBy(answer)) {
        expect(cookie.name).toMatch(/^__Host-pd_/)
        expect(cookie.name.length + (cookie.value ?? '').length).toBeLessThan(3_900)
      }
    }),
    { numRuns: 1_500 },
  )
  expect(fake.tokenRequests()).toEqual([])
})
