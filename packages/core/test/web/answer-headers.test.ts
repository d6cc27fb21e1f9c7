import { describe, expect, test } from 'vitest'
import { createWebAuth } from '../../src/adapter.ts'
import { ReauthorizationRequiredError } from '../../src/index.ts'
import { createWebScene, origin } from './web-scene.ts'

const callback = `${origin}/pipedrive/callback`
const panel = { accept: 'text/html', 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }

describe('every page that this library serves', () => {
  const pages: readonly (readonly [string, string, Record<string, string>])[] = [
    ['of a refused callback', `${callback}?code=c&state=s`, {}],
    ['of a user who cancelled', `${callback}?error=access_denied`, {}],
    ['of a dead reconnect link', `${origin}/pipedrive/install?reconnect=x`, {}],
    ['of an install link in a frame', `${origin}/pipedrive/install`, panel],
    ['of a guard, in a frame', `${origin}/deals`, panel],
  ]

  test.each(pages)(
    '%s runs no script, sends no form, tells no other site its address, and is kept by no cache',
    async (_, address, headers) => {
      const { handler, oauth } = createWebScene()
      const request = new Request(address, { headers: { accept: 'text/html', ...headers } })
      const missing = new ReauthorizationRequiredError('not_signed_in')
      const answer =
        (await handler(request)) ?? (await createWebAuth(oauth).answer(missing, request, undefined))
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'text/html; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      const policy = answer.headers.get('content-security-policy')?.split('; ')
      expect(policy).toEqual([
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "style-src 'unsafe-inline'",
        headers === panel ? expect.stringMatching(/^frame-ancestors https:/) : "frame-ancestors 'none'",
      ])
    },
  )
})

describe('an answer of the application to a callback', () => {
  const answered = async (own: Response) => {
    const { browser, fake, install } = createWebScene({ onConnected: () => own })
    const { headers } = await browser.send(await fake.approve(await install()))
    return [headers.get('referrer-policy'), headers.get('cache-control')]
  }

  test('tells no other site the address with the code, and is kept by no cache', async () => {
    expect(await answered(new Response('Welcome'))).toEqual(['same-origin', 'no-store'])
    expect(await answered(Response.redirect(`${origin}/welcome`))).toEqual(['same-origin', 'no-store'])
  })

  test('keeps what the application says itself', async () => {
    const headers = { 'referrer-policy': 'strict-origin', 'cache-control': 'private' }
    expect(await answered(new Response('Welcome', { headers }))).toEqual(['strict-origin', 'private'])
  })
})
