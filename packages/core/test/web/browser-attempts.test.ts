import { expect, test } from 'vitest'
import {
  ApiError,
  createOAuthHandler,
  ReauthorizationRequiredError,
  StoreError,
  type PipedriveOAuthError,
} from '../../src/index.ts'
import { Browser, cookiesSetBy, locationOf } from './browser.ts'
import { createWebScene as createAppScene, endOf, origin, stateOf } from './web-scene.ts'
import { ada, createScene, failure, minute, second } from '../flow/scene.ts'

/** A handler over a new client, and a browser in front of it. */
function createWebScene(fakeOptions: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(fakeOptions)
  const oauth = scene.client()
  const handler = createOAuthHandler(oauth)
  const origin = new URL(oauth.redirectUri).origin
  const install = async (browser: Browser, returnTo = '/settings') =>
    locationOf(await browser.send(`${origin}/pipedrive/install?returnTo=${encodeURIComponent(returnTo)}`))
  return { ...scene, oauth, handler, origin, install, browser: () => new Browser(handler) }
}

test('F22 any number of tabs complete, in any order, each where it began', async () => {
  const { browser, fake, install } = createWebScene()
  const tabs = browser()
  const urls: string[] = []
  for (let tab = 0; tab < 10; tab++) urls.push(await install(tabs, `/tab/${tab}`))

  for (const tab of [3, 9, 0, 5, 1, 8, 2, 7, 6, 4]) {
    const response = await tabs.send(await fake.approve(urls[tab]!))
    expect([response.status, locationOf(response)]).toEqual([302, `/tab/${tab}`])
  }
})

test('F22 two tabs that come back at the same moment both complete', async () => {
  const { browser, fake, install } = createWebScene()
  const tabs = browser()
  const urls = [await install(tabs, '/one'), await install(tabs, '/two')]
  const callbacks = await Promise.all(urls.map((url) => fake.approve(url)))
  const responses = await Promise.all(callbacks.map((url) => tabs.send(url)))
  expect(responses.map(locationOf)).toEqual(['/one', '/two'])
})

test.each([
  ['short', '', [59, 58, 50, 47]],
  ['long', 'x'.repeat(900), [59, 58]],
])(
  'F22 any number of attempts (%s addresses) keeps the cookies small enough, and the newest complete',
  async (_, padding, completing) => {
    const { browser, fake, install } = createWebScene()
    const tabs = browser()
    const urls: string[] = []
    for (let tab = 0; tab < 60; tab++) {
      urls.push(await install(tabs, `/tab/${tab}?${padding}`))
      // Servers refuse a header line above 8 KB.
      expect(tabs.cookies.length).toBeLessThan(8_000)
    }
    for (const tab of completing)
      expect(locationOf(await tabs.send(await fake.approve(urls[tab]!)))).toBe(`/tab/${tab}?${padding}`)
  },
)

test('F23 a callback that is requested again ends in the same place as the first, without another token request', async () => {
  const { browser, fake, happened, install } = createWebScene()
  const user = browser()
  const callback = await fake.approve(await install(user))
  const first = await user.send(callback)
  const again = await user.send(callback)

  expect([again.status, locationOf(again)]).toEqual([first.status, locationOf(first)])
  expect(cookiesSetBy(again).map(({ name }) => name)).toEqual(cookiesSetBy(first).map(({ name }) => name))
  expect(fake.tokenRequests().length).toBe(1)
  expect(happened()).toEqual(['installed'])
})

test('F23 callbacks that are requested at the same moment share one code exchange', async () => {
  const { browser, clock, fake, install } = createWebScene()
  const user = browser()
  const callback = await fake.approve(await install(user))
  const gate = fake.faults.hold({ endpoint: 'token', times: 3 })
  const double = Promise.all([user.send(callback), user.send(callback), user.send(callback)])
  await gate.reached
  await clock.advance(second)
  expect(gate.waiting).toBe(1)
  gate.release()

  expect((await double).map(locationOf)).toEqual(['/settings', '/settings', '/settings'])
  expect(fake.tokenRequests().length).toBe(1)
})

test('F23 a prefetch whose answer is thrown away does not spoil the click', async () => {
  const { browser, fake, handler, install } = createWebScene()
  const user = browser()
  const callback = await fake.approve(await install(user))
  await handler(new Request(callback, { headers: { cookie: user.cookies } }))
  expect(locationOf(await user.send(callback))).toBe('/settings')
})

test('F23 another process that gets the completed cookie ends in the same place', async () => {
  const { browser, client, fake, install } = createWebScene()
  const user = browser()
  const callback = await fake.approve(await install(user))
  await user.send(callback)

  const other = createOAuthHandler(client())
  const again = await other(new Request(callback, { headers: { cookie: user.cookies } }))
  expect([again?.status, again && locationOf(again)]).toEqual([302, '/settings'])
  expect(fake.tokenRequests().length).toBe(1)
})

const ended = new ReauthorizationRequiredError('reauthorization_required')
test.each<[string, PipedriveOAuthError, Response | undefined, number]>([
  ['an outage of Pipedrive', new ApiError(), undefined, 503],
  ['an outage of the store', new StoreError('store_unavailable', 'It is away.'), undefined, 503],
  ['a grant that has ended', ended, undefined, 401],
  ['a grant that has ended, which onMissing answers', ended, new Response('own', { status: 418 }), 418],
])(
  'F23 after onConnected met %s, a reload in another process ends where the first callback would have',
  async (_, error, own, status) => {
    let fails = true
    const { browser, codesSent, fake, install, otherProcess } = createAppScene({
      onConnected: () => {
        if (fails) throw error
      },
      onMissing: () => own,
    })
    const callback = await fake.approve(await install())
    expect((await browser.send(callback)).status).toBe(status)
    fails = false
    expect(await endOf(await browser.at(otherProcess()).send(callback))).toBe('/settings')
    expect(codesSent()).toHaveLength(1)
  },
)

test('F23 browsers that meet the same error each keep their own attempt, and no other answer carries it', async () => {
  const error = new ApiError()
  const fails = () => {
    throw error
  }
  const { fake, handler, install } = createAppScene({ onConnected: fails, identify: fails })
  const browsers = [new Browser(handler), new Browser(handler)]
  const consents = await Promise.all(browsers.map((browser) => install('/settings', browser)))
  const callbacks = await Promise.all(consents.map((consent) => fake.approve(consent)))
  const answers = await Promise.all(callbacks.map((callback, index) => browsers[index]!.send(callback)))
  expect(answers.map((answer) => cookiesSetBy(answer).map(({ name }) => name.slice(-12)))).toEqual(
    consents.map((consent) => [stateOf(consent).slice(0, 12)]),
  )
  const init = { method: 'POST', headers: { origin } }
  const refused = await browsers[0]!.send(`${origin}/pipedrive/disconnect`, init)
  expect([refused.status, cookiesSetBy(refused)]).toEqual([503, []])
})

test('F23 after ten minutes, with the end of the attempt, the same callback is too late', async () => {
  const { browser, clock, fake, install } = createWebScene()
  const user = browser()
  const callback = await fake.approve(await install(user))
  await user.send(callback)
  await clock.advance(10 * minute)
  const late = await user.send(callback)
  expect([late.status, await late.text()]).toEqual([400, expect.stringContaining('attempt_expired')])
})

test('F23 a repeated callback does not bring a removed installation back', async () => {
  const { browser, clock, fake, install, oauth } = createWebScene()
  const user = browser()
  const callback = await fake.approve(await install(user))
  await user.send(callback)
  await clock.advance(second)
  await oauth.handleUninstall((await fake.uninstall()).request)
  await user.send(callback)
  expect(await oauth.installation(ada).describe()).toBeUndefined()
})

test('F24 a state without its cookie is refused, so that no account can be planted in another browser', async () => {
  const { browser, fake, install, store } = createWebScene()
  const attacker = browser()
  const victim = browser()
  const planted = await fake.approve(await install(attacker), { user: '1001:12' })

  const response = await victim.send(planted)
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('state_mismatch')])
  expect(victim.cookieNames).toEqual([])
  expect(fake.tokenRequests()).toEqual([])
  expect(await store.get('1001:12')).toBeUndefined()
})

test('F24 a state that shares the cookie name of a victim’s own attempt is refused', async () => {
  const { browser, fake, install } = createWebScene()
  const attacker = browser()
  const victim = browser()
  const own = new URL(await install(victim)).searchParams.get('state')!
  const planted = new URL(await fake.approve(await install(attacker), { user: '1001:12' }))
  planted.searchParams.set('state', `${own.slice(0, 12)}${planted.searchParams.get('state')!.slice(12)}`)

  const response = await victim.send(planted)
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('state_mismatch')])
  expect(fake.tokenRequests()).toEqual([])
})

test('F24 an attempt is refused with another state, another code, an altered seal, or one for another purpose', async () => {
  const { client, fake, oauth } = createWebScene()
  const { url, attempt } = await oauth.authorize()
  const other = await oauth.authorize()
  const callback = await fake.approve(url)
  const withState = (state: string) => callback.replace(/state=[^&]*/, `state=${state}`)
  const completed = await oauth.callback(callback, attempt)

  expect(await failure(oauth.callback(callback, other.attempt))).toBe('state_mismatch')
  expect(await failure(oauth.callback(withState(other.state), attempt))).toBe('state_mismatch')
  expect(await failure(oauth.callback(withState(''), attempt))).toBe('state_mismatch')
  expect(await failure(oauth.callback(callback, undefined))).toBe('state_mismatch')
  expect(await failure(oauth.callback(callback, `${attempt.slice(0, -2)}AA`))).toBe('state_mismatch')
  expect(await failure(oauth.callback(callback, await oauth.issueSession(ada, minute)))).toBe(
    'state_mismatch',
  )
  expect(await oauth.readSession(attempt)).toBeUndefined()
  const otherCode = callback.replace(/code=[^&]*/, 'code=0123456789')
  expect(await failure(oauth.callback(otherCode, completed.attempt))).toBe('code_refused')
  const strangers = client({ secrets: ['a-secret-of-another-application-00001'] })
  expect(await failure(strangers.callback(callback, attempt))).toBe('state_mismatch')
})

test('F24 a state is random, 256 bits, and never the same twice', async () => {
  const { oauth } = createWebScene()
  const states = await Promise.all(Array.from({ length: 50 }, async () => (await oauth.authorize()).state))
  expect(new Set(states).size).toBe(50)
  for (const state of states) expect(state).toMatch(/^[\w-]{43}$/)
})
