import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWebAuth, identifyRequest } from '../../src/adapter.ts'
import { PipedriveOAuthError, type InstallationId } from '../../src/index.ts'
import { ada, failure, minute, second } from '../flow/scene.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

const bob: InstallationId = '1001:12'
const page = { accept: 'text/html' }
const inFrame = {
  ...page,
  'sec-fetch-dest': 'iframe',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
}
const inTab = {
  ...page,
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'cross-site',
}
const byScript = { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }
const bySetting = { ...inTab, 'sec-fetch-site': 'none' }
const byLink = { ...inTab, 'sec-fetch-site': 'same-origin' }
const byWorker = { ...inTab, 'sec-fetch-dest': 'empty' }
const byOtherSite = { ...byScript, 'sec-fetch-site': 'cross-site' }

/** Ada and Bob are connected; the browser is signed in as Ada. */
async function createPanelScene() {
  const scene = createWebScene()
  const { browser, connect, fake, install, oauth } = scene
  await browser.send(await fake.approve(await install()))
  await connect(oauth, bob)
  const auth = createWebAuth(oauth)
  const request = (token: string, headers: Record<string, string>, isSignedIn = false) =>
    new Request(`${origin}/panel?${new URLSearchParams({ token })}`, {
      headers: isSignedIn ? { ...headers, cookie: browser.cookies } : headers,
    })
  const serve = async (asked: Request): Promise<Response> => {
    try {
      return new Response(`panel of ${(await auth.admit(asked, undefined)).id}`)
    } catch (error) {
      if (error instanceof PipedriveOAuthError) return auth.answer(error, asked, undefined)
      throw error
    }
  }
  return { ...scene, request, serve, user: (asked: Request) => identifyRequest(oauth, asked) }
}

describe('the token of a panel', () => {
  test.each([
    ['in a frame', inFrame, bob],
    ['in a request of a page of ours', byScript, bob],
    ['in a form of a page of ours, in a browser without Fetch Metadata', { origin }, bob],
    ['in a link of another site', inTab, ada],
    ['in a link of another site, passed on by a service worker', byWorker, ada],
    ['typed or from a mail', bySetting, ada],
    ['in a link of a page of ours', byLink, ada],
    ['in a request of another site', byOtherSite, ada],
    ['in a browser without Fetch Metadata, whose session cookie reaches no foreign frame', page, ada],
  ])('F71 %s: who is signed in as Ada and brings the token of Bob is %s', async (_, headers, expected) => {
    const { fake, request, user } = await createPanelScene()
    const token = await fake.extensionToken(bob)
    expect(await user(request(token, headers, true))).toBe(expected)
    expect(await user(request(token, headers))).toBe(bob)
  })

  test('F71 never replaces a session in a tab, whatever else the request says', async () => {
    const { browser, fake, user } = await createPanelScene()
    const token = await fake.extensionToken(bob)
    const { cookies } = browser
    const headers = fc.record(
      {
        accept: fc.constantFrom('text/html', '*/*', 'application/json'),
        'sec-fetch-site': fc.constantFrom('cross-site', 'same-site', 'same-origin', 'none'),
        'sec-fetch-user': fc.constant('?1'),
        referer: fc.constantFrom('https://evil.example/', `${origin}/deals`),
        origin: fc.constantFrom('https://evil.example', origin, 'null'),
      },
      { requiredKeys: [] },
    )
    const aTab = fc.constantFrom(
      { 'sec-fetch-dest': 'document' },
      { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'empty' },
    )
    const method = fc.constantFrom('GET', 'HEAD', 'POST')
    await fc.assert(
      fc.asyncProperty(headers, aTab, method, async (others, tab, verb) => {
        const url = `${origin}/panel?token=${token}`
        const all: Record<string, string> = { ...others, ...tab, cookie: cookies }
        expect(await user(new Request(url, { method: verb, headers: all }))).toBe(ada)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['3 s early', { claims: { nbf: 3 } }, 0],
    ['3 s late', { expiresInMs: minute }, minute + 3 * second],
    ['at the end of the skew', { expiresInMs: minute }, minute + 5 * second - 1],
  ])(
    'F67 counts %s: clocks differ',
    async (_, { claims, ...options }: { claims?: { nbf: number }; expiresInMs?: number }, wait) => {
      const { clock, fake, request, serve } = await createPanelScene()
      const nbf = claims && { nbf: Math.floor(clock.now() / second) + claims.nbf }
      const token = await fake.extensionToken(bob, { ...options, claims: nbf })
      await clock.advance(wait)
      expect(await (await serve(request(token, inFrame))).text()).toBe('panel of 1001:12')
      expect(await (await serve(request(token, inFrame))).text()).toBe('panel of 1001:12')
    },
  )

  test.each([
    ['open for 6 minutes', {}, 6 * minute],
    ['over by a moment more than the skew', { expiresInMs: minute }, minute + 5 * second],
    ['not valid for another minute', { claims: { nbf: 60 } }, 0],
  ])(
    'F67 %s says to reload the panel, and nothing of connecting',
    async (_, { claims, ...options }: { claims?: { nbf: number }; expiresInMs?: number }, wait) => {
      const { clock, fake, oauth, request, serve } = await createPanelScene()
      const nbf = claims && { nbf: Math.floor(clock.now() / second) + claims.nbf }
      const token = await fake.extensionToken(bob, { ...options, claims: nbf })
      await clock.advance(wait)
      const answer = await serve(request(token, inFrame))
      const text = await answer.clone().text()
      expect([answer.status, await endOf(answer)]).toEqual([401, 'extension_token_expired'])
      expect(text).toMatch(/reload this panel/i)
      expect(text).not.toMatch(/not connected|not_installed|<a /i)
      expect(answer.headers.get('content-security-policy')).toContain('pipedrive.com')
      const data = await serve(request(token, byScript))
      expect(await data.json()).toMatchObject({ code: 'extension_token_expired' })
      expect(await failure(oauth.verifyExtensionToken(token))).toBe('extension_token_expired')
    },
  )

  test('F67 that is over in a link leads to the install link, as for everybody who is not signed in', async () => {
    const { clock, fake, request, serve, user } = await createPanelScene()
    const token = await fake.extensionToken(bob)
    await clock.advance(6 * minute)
    expect(await endOf(await serve(request(token, inTab)))).toContain('/pipedrive/install?returnTo=%2Fpanel')
    expect(await user(request(token, inTab, true))).toBe(ada)
  })

  test.each(['garbage', '', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.'])(
    'F67 that cannot be checked (%j) is not told as "not installed"',
    async (token) => {
      const { request, serve, user } = await createPanelScene()
      const answer = await serve(request(token, inFrame))
      const text = await answer.clone().text()
      expect([answer.status, await endOf(answer)]).toEqual([401, 'bad_signature'])
      expect(text).toMatch(/reload this panel/i)
      expect(text).not.toMatch(/not connected|not_installed|<a /i)
      expect(await user(request(token, byScript))).toBeUndefined()
      // It may be a parameter of the application's own.
      expect(await endOf(await serve(request(token, inTab)))).toContain('/pipedrive/install')
      expect(await user(request(token, inFrame, true))).toBe(ada)
    },
  )
})

describe('a request that does not say who it is from', () => {
  test('F67 is told as "not signed in", never as "not installed"', async () => {
    const { serve } = await createPanelScene()
    const json = await (await serve(new Request(`${origin}/deals`))).json()
    expect(json).toMatchObject({ code: 'not_signed_in', install: `${origin}/pipedrive/install` })
    const framed = await serve(new Request(`${origin}/deals`, { headers: inFrame }))
    const text = await framed.clone().text()
    expect([framed.status, await endOf(framed)]).toEqual([401, 'not_signed_in'])
    expect(text).not.toMatch(/not connected|not_installed/i)
    expect(text).toContain('target="_blank"')
  })

  test('F67 of somebody who is known and not connected is told as "not installed"', async () => {
    const { fake, request, serve } = await createPanelScene()
    const answer = await serve(request(await fake.extensionToken('1002:21'), inFrame))
    expect(await endOf(answer)).toBe('not_installed')
  })
})
