import { parseCookie } from 'cookie'
import { describe, expect, test } from 'vitest'
import { identifyRequest } from '../../src/adapter.ts'
import { ada, minute } from '../flow/scene.ts'
import { Browser, cookiesSetBy, locationOf } from './browser.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

const logout = `${origin}/pipedrive/logout`

async function createSignedInScene() {
  const scene = createWebScene()
  await scene.browser.send(await scene.fake.approve(await scene.install()))
  const user = () =>
    identifyRequest(scene.oauth, new Request(`${origin}/`, { headers: { cookie: scene.browser.cookies } }))
  return { ...scene, user }
}

describe('POST …/logout', () => {
  test('F70 ends the session of this browser, and leaves the installation', async () => {
    const { browser, store, user } = await createSignedInScene()
    expect(await user()).toBe(ada)
    const answer = await browser.send(logout, { method: 'POST', headers: { origin, accept: '*/*' } })
    expect(answer.status).toBe(204)
    expect(cookiesSetBy(answer)).toMatchObject([
      { name: expect.stringContaining('pd_session_'), maxAge: 0 },
      { name: expect.stringContaining('pd_attempt_'), maxAge: 0 },
    ])
    expect([await user(), (await store.get(ada)) !== undefined]).toEqual([undefined, true])
  })

  test.each([
    ['/goodbye', '/goodbye'],
    ['//evil.example', '/'],
    [undefined, '/'],
  ])('F70 from a form returns to %s: %s', async (returnTo, location) => {
    const { browser } = await createSignedInScene()
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ returnTo })}`
    const answer = await browser.send(logout + query, { method: 'POST', headers: { origin } })
    expect([answer.status, locationOf(answer)]).toEqual([302, location])
  })

  test('F70 of a browser that is not signed in is no error', async () => {
    const { browser } = createWebScene()
    for (const path of [logout, `${logout}?everywhere`])
      expect((await browser.send(path, { method: 'POST', headers: { origin } })).status).toBe(302)
  })

  test('F70 with ?everywhere ends every session of the installation, copies of the cookie among them', async () => {
    const { browser, handler, fake, install, oauth, store, user } = await createSignedInScene()
    const other = new Browser(handler)
    await other.send(await fake.approve(await install('/', other)))
    const copies = [browser.cookies, other.cookies]
    const identified = (cookie: string) =>
      identifyRequest(oauth, new Request(`${origin}/`, { headers: { cookie } }))
    expect(await Promise.all(copies.map(identified))).toEqual([ada, ada])
    await browser.send(logout, { method: 'POST', headers: { origin } })
    expect(await Promise.all(copies.map(identified))).toEqual([ada, ada])

    await other.send(`${logout}?everywhere`, { method: 'POST', headers: { origin } })
    expect(await Promise.all(copies.map(identified))).toEqual([undefined, undefined])
    expect(await store.get(ada)).toBeDefined()
    await browser.send(await fake.approve(await install()))
    expect(await user()).toBe(ada)
  })

  test('F70 with ?everywhere keeps the cookie while the store is away, so that it can be tried again', async () => {
    const { browser, clock, store, user } = await createSignedInScene()
    const { compareAndSet } = store
    store.compareAndSet = () => Promise.reject(new Error('The store is away'))
    const failing = browser.send(`${logout}?everywhere=1`, { method: 'POST', headers: { origin } })
    await clock.advance(minute)
    expect((await failing).status).toBe(503)
    store.compareAndSet = compareAndSet
    expect(await user()).toBe(ada)
  })

  test.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site', origin }, {}])(
    'F70 from elsewhere signs nobody out: %o',
    async (headers) => {
      const { browser, user } = await createSignedInScene()
      for (const query of ['', '?everywhere']) {
        expect((await browser.send(logout + query, { method: 'POST', headers })).status).toBe(403)
        expect(await user()).toBe(ada)
      }
    },
  )
})

describe('the callback address again, as by the Back button', () => {
  /** A browser that has connected, a copy of all its cookies, and how each fares at the same address again. */
  async function createReturningScene() {
    const scene = createWebScene()
    const { browser, fake, handler, oauth } = scene
    const callback = await fake.approve(await scene.install())
    await browser.send(callback)
    const copy = new Browser(handler)
    for (const [name, value] of Object.entries(parseCookie(browser.cookies)))
      copy.setCookie(name, value ?? '')
    const comeBack = async (user: Browser) => {
      const answer = await user.send(callback)
      const request = new Request(`${origin}/`, { headers: { cookie: user.cookies } })
      return [await endOf(answer), await identifyRequest(oauth, request)]
    }
    const post = (path: string) =>
      browser.send(`${origin}/pipedrive/${path}`, { method: 'POST', headers: { origin } })
    return { ...scene, copy, comeBack, post }
  }

  test('F23 signs in again while nobody has signed out', async () => {
    const { browser, comeBack, copy } = await createReturningScene()
    for (const user of [browser, copy]) expect(await comeBack(user)).toEqual(['/settings', ada])
  })

  test.each(['logout', 'logout?everywhere', 'disconnect'])(
    'F98 signs nobody in after %s, and the cookies of attempts are gone',
    async (path) => {
      const { browser, clock, comeBack, install, post } = await createReturningScene()
      await install()
      await post(path)
      expect(browser.cookieNames).toEqual([])
      expect(await comeBack(browser)).toEqual(['state_mismatch', undefined])
      await clock.advance(minute)
      expect(await comeBack(browser)).toEqual(['state_mismatch', undefined])
    },
  )

  test.each([0, 4_000, 6_000, minute])(
    'F98 signs in no copy of the cookies %i ms after logout?everywhere, in any process',
    async (laterMs) => {
      const { clock, comeBack, copy, otherProcess, post } = await createReturningScene()
      await post('logout?everywhere')
      await clock.advance(laterMs)
      for (const user of [copy, copy.at(otherProcess())])
        expect(await comeBack(user)).toEqual(['/settings', undefined])
    },
  )

  test('F98 signs in after the next consent, however soon and however slow the store is', async () => {
    const { browser, clock, fake, install, oauth, post, store } = await createReturningScene()
    await post('logout?everywhere')
    const callback = await fake.approve(await install())
    const { get, compareAndSet } = store
    store.get = async (...key) => {
      await clock.advance(50)
      return get.apply(store, key)
    }
    // The first write loses, so that the record is read again.
    let writes = 0
    store.compareAndSet = async (...change) =>
      (writes += 1) === 1 ? false : compareAndSet.apply(store, change)
    for (const _time of [1, 2]) {
      await browser.send(callback)
      const request = new Request(`${origin}/`, { headers: { cookie: browser.cookies } })
      expect(await identifyRequest(oauth, request)).toBe(ada)
    }
  })
})
