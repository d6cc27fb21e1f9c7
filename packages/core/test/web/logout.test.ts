import { describe, expect, test } from 'vitest'
import { identifyRequest } from '../../src/adapter.ts'
import { ada } from '../flow/scene.ts'
import { cookiesSetBy, locationOf } from './browser.ts'
import { createWebScene, origin } from './web-scene.ts'

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
    expect(cookiesSetBy(answer)).toMatchObject([{ name: expect.stringContaining('pd_session_'), maxAge: 0 }])
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
    expect((await browser.send(logout, { method: 'POST', headers: { origin } })).status).toBe(302)
  })

  test.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site', origin }, {}])(
    'F70 from elsewhere signs nobody out: %o',
    async (headers) => {
      const { browser, user } = await createSignedInScene()
      expect((await browser.send(logout, { method: 'POST', headers })).status).toBe(403)
      expect(await user()).toBe(ada)
    },
  )
})
