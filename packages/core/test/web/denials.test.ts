import { describe, expect, test } from 'vitest'
import { ada } from '../flow/scene.ts'
import { Browser } from './browser.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

const ways = ['restart', 'accept', 'reject'] as const
const errors = ['user_denied', 'access_denied']

describe.each(ways)(
  'a cancelled install of the Marketplace, without state (missingState: %s)',
  (missingState) => {
    test.each(errors)('F66 says that the user cancelled, and gives nothing (%s)', async (error) => {
      const { browser, codesSent, store } = createWebScene({ missingState })
      const answer = await browser.send(`${origin}/pipedrive/callback?error=${error}`)
      const page = await answer.clone().text()
      expect([answer.status, await endOf(answer)]).toEqual([403, 'access_denied'])
      expect(page).toContain('You cancelled')
      expect(page).toContain(`href="${origin}/pipedrive/install?returnTo=%2F"`)
      expect([browser.cookieNames, codesSent(), await store.get(ada)]).toEqual([[], [], undefined])
    })

    test.each(errors)('F66 ends no session and no attempt of the browser it comes to (%s)', async (error) => {
      const { browser, fake, install } = createWebScene({ missingState })
      await browser.send(await fake.approve(await install()))
      const consent = await install('/deals')
      const before = browser.cookies
      await browser.send(`${origin}/pipedrive/callback?error=${error}`)
      expect(browser.cookies).toBe(before)
      expect(await endOf(await browser.send(await fake.approve(consent)))).toBe('/deals')
    })

    test('F66 with a code beside the refusal gives nothing either', async () => {
      const { browser, codesSent } = createWebScene({ missingState })
      const answer = await browser.send(`${origin}/pipedrive/callback?error=user_denied&code=x`)
      expect([await endOf(answer), browser.cookieNames, codesSent()]).toEqual(['invalid_callback', [], []])
    })

    test('F66 with another error is told as incomplete, and gives nothing', async () => {
      const { browser, codesSent } = createWebScene({ missingState })
      const answer = await browser.send(`${origin}/pipedrive/callback?error=server_error`)
      expect([await endOf(answer), browser.cookieNames, codesSent()]).toEqual(['invalid_callback', [], []])
    })
  },
)

test('F66 as JSON says access_denied to a program', async () => {
  const { handler } = createWebScene()
  const answer = await handler(new Request(`${origin}/pipedrive/callback?error=user_denied`))
  expect(await answer?.json()).toMatchObject({ code: 'access_denied' })
})

test('F66 with a state that this browser did not begin is told as that', async () => {
  const { fake, handler, install } = createWebScene()
  const denial = fake.deny(await install())
  expect(await endOf(await new Browser(handler).send(denial))).toBe('state_mismatch')
})
