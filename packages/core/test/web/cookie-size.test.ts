import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWebAuth } from '../../src/adapter.ts'
import { ReauthorizationRequiredError } from '../../src/index.ts'
import { OAuthCookies } from '../../src/web/oauth-cookies.ts'
import { ada, failure, rejection } from '../flow/scene.ts'
import { locationOf } from './browser.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

/** Browsers keep no cookie whose name and value are longer. */
const longestCookie = 4_096
const scripts = ['a', 'é', '日', '😀', '"', '%', '\ud800']

function cookieOf(response: Response): string[] {
  return response.headers.getSetCookie()
}

describe('the address to return to', () => {
  test.each(scripts)(
    'F74 in any script (%j) is either refused, or its cookie is kept by browsers',
    async (unit) => {
      const { browser, fake, oauth } = createWebScene()
      let accepted = 0
      for (const length of [100, 300, 399, 400, 599, 600, 1_000, 1_199, 1_200, 2_000, 5_000]) {
        const returnTo = `/${unit.repeat(length)}`
        const link = new URL('/pipedrive/install', origin)
        link.searchParams.set('returnTo', returnTo)
        const begun = await browser.send(link)
        if (begun.status === 302) {
          accepted += 1
          for (const cookie of cookieOf(begun)) expect(cookie.length).toBeLessThan(longestCookie)
          const done = await browser.send(await fake.approve(locationOf(begun)))
          expect(new URL(locationOf(done), origin).pathname).toBe(new URL(returnTo, origin).pathname)
          for (const cookie of cookieOf(done)) expect(cookie.length).toBeLessThan(longestCookie)
        } else {
          expect([begun.status, await endOf(begun), cookieOf(begun)]).toEqual([403, 'foreign_return_to', []])
          const error = await rejection(oauth.authorize({ returnTo }))
          expect(String(error)).toMatch(/at most 1200 bytes.*Give a short path/)
        }
      }
      expect(accepted).toBeGreaterThan(0)
    },
  )

  test('F74 of 1 200 bytes is accepted, and not one more', async () => {
    const { oauth } = createWebScene()
    const fits = ['a'.repeat(1_199), '日'.repeat(399) + 'aa', '"'.repeat(599) + 'a']
    for (const path of fits) {
      await oauth.authorize({ returnTo: `/${path}` })
      expect(await failure(oauth.authorize({ returnTo: `/${path}a` }))).toBe('foreign_return_to')
    }
  })

  test('F74 of a guarded page that is too long is left out: the user connects all the same', async () => {
    const { oauth, handler } = createWebScene()
    const request = new Request(`${origin}/deals?q=${'日'.repeat(400)}`, { headers: { accept: 'text/html' } })
    const error = new ReauthorizationRequiredError('not_signed_in')
    const location = locationOf(await createWebAuth(oauth).answer(error, request, undefined))
    expect(location).toBe(`${origin}/pipedrive/install`)
    expect((await handler(new Request(location)))?.status).toBe(302)
  })
})

test.each([
  ['200 characters', 'x'.repeat(200)],
  ['200 characters of three bytes', '日'.repeat(200)],
])('F74 a reference of %s fits', async (_, reference) => {
  const { oauth } = createWebScene()
  expect((await oauth.authorize({ reference })).attempt.length).toBeLessThan(longestCookie)
})

test.each([
  ['201 characters', 'x'.repeat(201)],
  ['101 control characters, of 6 bytes each as JSON', '\u0001'.repeat(101)],
])('F74 a reference of %s is refused, with the limits', async (_, reference) => {
  const { oauth } = createWebScene()
  const error = await rejection(oauth.authorize({ reference }))
  expect(String(error)).toContain('reference must be a text of 1 to 200 characters, and of at most 600 bytes')
})

test('F74 with every field as long as it may be, each cookie of the flow stays below 4 096 bytes', async () => {
  const text = (bytes: number) =>
    fc
      .array(fc.constantFrom(...scripts.filter((unit) => unit !== '\ud800')), { maxLength: bytes })
      .map((units) => {
        let whole = ''
        for (const unit of units)
          if (new TextEncoder().encode(JSON.stringify(whole + unit)).length - 2 <= bytes) whole += unit
        return whole
      })
  await fc.assert(
    fc.asyncProperty(
      text(1_199),
      text(600),
      fc.constantFrom(10, 2_000, 60_000),
      async (path, name, length) => {
        const { fake, oauth } = createWebScene()
        const reference = name.slice(0, 200)
        const begun = await oauth.authorize({
          returnTo: `/${path}`,
          ...(reference !== '' && { reference }),
          expect: { companyId: 1001, userId: 11 },
        })
        const callback = new URL(await fake.approve(begun.url))
        const cookies = new OAuthCookies(oauth)
        const fits = (attempt = '') => {
          const [cookie] = cookies.attempts(new Request(origin), [{ state: begun.state, attempt }], 600_000)
          expect(cookie?.length).toBeLessThan(longestCookie)
        }
        fits(begun.attempt)
        const guess = new URL(callback)
        guess.searchParams.set('code', 'c'.repeat(length))
        const denied = await oauth.answerCallback(guess, begun.attempt)
        fits(denied.attempt)
        const again = await oauth.answerCallback(callback, denied.attempt)
        fits(again.attempt)
        if (again.type !== 'begun_again') throw new Error(again.type)
        fits(again.request.attempt)
        const done = await oauth.answerCallback(await fake.approve(again.request.url), again.request.attempt)
        expect(done).toMatchObject({ type: 'connected', result: { returnTo: `/${path}` } })
        fits(done.attempt)
      },
    ),
    { numRuns: 60 },
  )
})

test('F74 the attempts of a browser have at most 6 000 characters together, whatever it does', async () => {
  const lengths = fc.constantFrom(1, 300, 1_199)
  const step = fc.record({
    act: fc.constantFrom('install', 'allow', 'deny'),
    path: lengths,
    reference: fc.constantFrom('x', '日'.repeat(200)),
    name: lengths,
    which: fc.nat({ max: 20 }),
  })
  const longest = (act: string) => ({ act, path: 1_199, reference: '日'.repeat(200), name: 1_199, which: 0 })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      let reference = ''
      const { browser, fake, install } = createWebScene({ referenceOf: () => reference }, { logger: false })
      const consents: string[] = []
      for (const { act, path, name, which, ...given } of steps) {
        reference = given.reference
        const consent = consents[which % consents.length]
        if (act === 'install' || consent === undefined)
          consents.push(await install(`/${'a'.repeat(path)}`, browser))
        else {
          const text = 'n'.repeat(name)
          const fields = { data: { id: 11, company_id: 1001, name: text, company_name: text } }
          fake.faults.add({ endpoint: 'api', fault: { type: 'override', fields } })
          const answer = await browser.send(act === 'deny' ? fake.deny(consent) : await fake.approve(consent))
          const location = answer.headers.get('location') ?? ''
          if (location.includes('/oauth/authorize')) consents.push(location)
        }
        const attempts = browser.cookies.split('; ').filter((cookie) => cookie.includes('pd_attempt_'))
        expect(attempts.join('; ').length).toBeLessThanOrEqual(6_000)
        // nginx refuses header lines above 8 KB.
        expect(browser.cookies.length).toBeLessThan(6_400)
      }
    }),
    {
      numRuns: 100,
      examples: [[['install', 'install', 'allow', 'allow', 'install', 'allow'].map(longest)]],
    },
  )
})

test('F74 names of any length in the account cost no cookie: the repeated callback ends in the same place', async () => {
  const long = '日'.repeat(2_000)
  const scene = createWebScene()
  const { browser, fake, install, otherProcess } = scene
  fake.faults.add({
    endpoint: 'api',
    fault: {
      type: 'override',
      fields: { data: { id: 11, company_id: 1001, name: long, company_name: long, email: long } },
    },
    times: 1,
  })
  const callback = await fake.approve(await install('/deals'))
  const done = await browser.send(callback)
  for (const cookie of cookieOf(done)) expect(cookie.length).toBeLessThan(longestCookie)
  expect(await endOf(await browser.at(otherProcess()).send(callback))).toBe('/deals')
  expect((await scene.oauth.installation(ada).describe())?.account.userName).toBe(long)
})
