/**
 * What the README says of the SDK's own example, seen on that example: its text is taken from the installed package and
 * run as a process.
 */
import { expect, test } from 'vitest'
import { Configuration, DealsApi, OAuth2Configuration } from 'pipedrive/v2'
import { setStage, dealsIn, visit } from './stage.ts'

test('the original shows deals to who allows', async () => {
  const stage = await setStage()
  await stage.original()
  expect((await dealsIn(await visit(stage, stage.browser()))).length).toBeGreaterThan(0)
})

test('F12 the original never refreshes: an hour later every page is 500, and nothing asks the user to connect', async () => {
  const stage = await setStage()
  await stage.original()
  const browser = stage.browser()
  expect((await visit(stage, browser)).status).toBe(200)
  stage.fake.expireAccessTokens()
  for (const _again of [1, 2]) expect((await browser.page('/')).status).toBe(500)
  expect(stage.refreshes()).toBe(0)
})

test('F32 the original puts access token and refresh token into the browser, where they can be read', async () => {
  const stage = await setStage()
  await stage.original()
  const browser = stage.browser()
  const consent = (await browser.page('/')).headers.get('location') ?? ''
  const back = await browser.page(await stage.fake.approve(consent))
  const cookie = /session=([^;]+)/.exec(back.headers.getSetCookie().join('\n'))?.[1] ?? ''
  const { accessToken } = JSON.parse(Buffer.from(cookie, 'base64').toString()) as {
    accessToken: { access_token: string; refresh_token: string }
  }
  for (const token of [accessToken.access_token, accessToken.refresh_token])
    expect(stage.fake.serverAccepts(token)).toBe(true)
})

test('the original keeps tokens in the browser only: a process knows nobody who has not just sent them', async () => {
  const stage = await setStage()
  const first = await stage.original()
  const browser = stage.browser()
  await visit(stage, browser)
  await first.kill()
  await stage.original()
  expect((await stage.browser().page('/')).status).toBe(302)
  expect((await browser.page('/')).status).toBe(200)
})

test('F24 the original takes a callback that somebody else began', async () => {
  const stage = await setStage()
  await stage.original()
  const victim = stage.browser()
  await victim.page(await stage.fake.approve(stage.fake.authorizeUrl(), { user: '1002:13' }))
  expect((await victim.page('/')).status).toBe(200)
  expect(stage.fake.installations().map(({ id }) => id)).toEqual(['1002:13'])
})

test('an access token that dies before its time is 500 on every page of the original', async () => {
  const stage = await setStage()
  await stage.original()
  const browser = stage.browser()
  await visit(stage, browser)
  stage.fake.killAccessTokens()
  for (const _again of [1, 2]) expect((await browser.page('/')).status).toBe(500)
})

test('the original answers who cancels with 500', async () => {
  const stage = await setStage()
  await stage.original()
  expect((await visit(stage, stage.browser(), { cancels: true })).status).toBe(500)
})

test('the original has no answer to an uninstall notice, and 500 for the user from then on', async () => {
  const stage = await setStage()
  await stage.original()
  const browser = stage.browser()
  await visit(stage, browser)
  const { request } = await stage.fake.uninstall()
  const headers = { authorization: request.headers.get('authorization') ?? '' }
  const notice = await browser.send('/callback', { method: 'DELETE', headers, body: await request.text() })
  expect(notice.status).toBe(404)
  for (const _again of [1, 2]) expect((await browser.page('/')).status).toBe(500)
})

test('F01 F02 the SDK’s token keeping, where it refreshes, does so once per caller and per process', async () => {
  const stage = await setStage()
  const { clientId, clientSecret } = stage.fake.app
  const make = () =>
    new OAuth2Configuration({ clientId, clientSecret, redirectUri: stage.redirectUri, host: stage.origin })
  const first = make()
  const code = new URL(await stage.fake.approve(stage.fake.authorizeUrl())).searchParams.get('code') ?? ''
  const token = { ...(await first.authorize(code)) }
  // The SDK counts the hour again from when a token is restored: only so does it see that one is over.
  const expired = { ...token, expires_in: -1 }
  const processes = [first, make()]
  for (const each of processes) each.updateToken(expired as never)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => processes[index % 2]!.getAccessToken()),
  )
  expect(stage.refreshes()).toBe(20)
  // With refresh tokens that work once, all but the first end the grant for everybody.
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(19)
})

test('F25 the one token keeping that the original shares: a handler’s second call is made for another user', async () => {
  const stage = await setStage()
  const { clientId, clientSecret } = stage.fake.app
  const oauth2 = new OAuth2Configuration({
    clientId,
    clientSecret,
    redirectUri: stage.redirectUri,
    host: stage.origin,
  })
  const sessionOf = async (user: string) => {
    const callback = await stage.fake.approve(stage.fake.authorizeUrl(), { user })
    return oauth2.authorize(new URL(callback).searchParams.get('code') ?? '')
  }
  const [ada, cleo] = [await sessionOf('1001:11'), await sessionOf('1002:13')]
  const dealsOf = async (api: DealsApi) =>
    (await api.getDeals()).data?.map(({ title, owner_id, currency }) => `${title} ${owner_id} ${currency}`)
  const apiFor = (session: Awaited<ReturnType<typeof sessionOf>>) => {
    oauth2.updateToken(session)
    return new DealsApi(new Configuration({ accessToken: oauth2.getAccessToken, basePath: oauth2.basePath }))
  }
  const api = apiFor(ada)
  const first = await dealsOf(api)
  const others = await dealsOf(apiFor(cleo))
  expect(first).not.toEqual(others)
  expect(await dealsOf(api)).toEqual(others)
})
