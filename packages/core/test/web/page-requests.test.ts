import { describe, expect, test } from 'vitest'
import { createWebAuth, wantsHtml } from '../../src/adapter.ts'
import { ReauthorizationRequiredError, StoreError } from '../../src/index.ts'
import { locationOf } from './browser.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

const install = `${origin}/pipedrive/install?returnTo=%2Fdeals`

function answered(
  headers: Record<string, string>,
  method = 'GET',
  error: StoreError | undefined = undefined,
) {
  const { oauth } = createWebScene()
  const request = new Request(`${origin}/deals`, { method, headers })
  const missing = new ReauthorizationRequiredError('not_signed_in')
  return createWebAuth(oauth).answer(error ?? missing, request, undefined)
}

describe('a page of which the user has to connect', () => {
  test.each([
    ['a browser', { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }],
    [
      'a service worker that passes it on',
      { accept: 'text/html', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'navigate' },
    ],
    [
      'a service worker that passes it on, with any Accept',
      { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'navigate' },
    ],
    ['a browser that sends the mode alone', { 'sec-fetch-mode': 'navigate' }],
    ['a browser without Fetch Metadata', { accept: 'text/html' }],
  ])('F69 is redirected if it is asked for by %s, with GET and HEAD', async (_, headers) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await answered(headers, method)
      expect([answer.status, answer.headers.get('location')]).toEqual([302, install])
    }
  })

  test.each([
    ['a script', { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }],
    [
      'a script that wants HTML',
      { accept: 'text/html', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'same-origin' },
    ],
    ['an image', { accept: 'image/*', 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }],
    ['a frame', { accept: 'text/html', 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }],
    ['a program', { accept: 'application/json' }],
  ])('F69 is not redirected if it is asked for by %s', async (_, headers) => {
    for (const method of ['GET', 'HEAD']) expect([(await answered(headers, method)).status]).toEqual([401])
  })

  test('F69 is not redirected after a form was sent: its content would be lost', async () => {
    const headers = { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }
    expect((await answered(headers, 'POST')).status).toBe(401)
  })
})

describe('HEAD', () => {
  test.each([
    ['a page', { accept: 'text/html' }],
    ['JSON', { accept: 'application/json' }],
  ])('F69 is answered as GET, without the body, for an error as %s', async (_, headers) => {
    const error = new StoreError('store_unavailable', 'The store is away.')
    const [get, head] = [await answered(headers, 'GET', error), await answered(headers, 'HEAD', error)]
    expect([head.status, head.headers.get('content-type')]).toEqual([503, get.headers.get('content-type')])
    expect([(await get.text()).length > 0, await head.text(), head.body]).toEqual([true, '', null])
  })

  test('F69 begins at the install link and completes at the callback, as GET does', async () => {
    const { browser, fake } = createWebScene()
    const begun = await browser.send(`${origin}/pipedrive/install?returnTo=%2Fx`, { method: 'HEAD' })
    expect(await endOf(begun)).toBe('consent')
    const callback = await fake.approve(locationOf(begun))
    expect(await endOf(await browser.send(callback, { method: 'HEAD' }))).toBe('/x')
    // A link checker in front of the user spoils nothing.
    expect(await endOf(await browser.send(callback))).toBe('/x')
    expect(fake.tokenRequests()).toHaveLength(1)
  })

  test('F69 of an answer of the application has no body either', async () => {
    const {
      browser,
      fake,
      install: begin,
    } = createWebScene({
      onConnected: () => new Response('welcome', { headers: { 'x-own': '1' } }),
    })
    const answer = await browser.send(await fake.approve(await begin()), { method: 'HEAD' })
    expect([answer.status, answer.body, answer.headers.get('x-own')]).toEqual([200, null, '1'])
  })

  test('F69 of an error at the callback has no body', async () => {
    const { browser } = createWebScene()
    const answer = await browser.send(`${origin}/pipedrive/callback?code=x&state=y`, { method: 'HEAD' })
    expect([answer.status, answer.body]).toEqual([400, null])
  })
})

test('F69 wantsHtml() takes a navigation for a page', () => {
  const asked = (headers: Record<string, string>) => wantsHtml(new Request(origin, { headers }))
  expect(asked({ 'sec-fetch-mode': 'navigate', accept: '*/*' })).toBe(true)
  expect(asked({ 'sec-fetch-mode': 'cors', accept: '*/*' })).toBe(false)
  expect(asked({ accept: 'text/html' })).toBe(true)
})
