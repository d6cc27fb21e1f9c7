import { describe, expect, test } from 'vitest'
import { createOAuthHandler } from '../../../src/index.ts'
import { ada, createScene, day, failure, hour } from '../../flow/scene.ts'
import { Browser, locationOf } from '../../web/browser.ts'

const origin = 'https://app.example.com'

/** A customer whose grant is dead, and the link that was sent. */
async function createDeadGrantScene() {
  const scene = createScene({ redirectUri: `${origin}/pipedrive/callback` })
  const oauth = scene.client()
  const first = await oauth.authorize({ reference: 'tenant-7' })
  await oauth.callback(await scene.fake.approve(first.url), first.attempt)
  await scene.fake.uninstall()
  await scene.clock.advance(2 * hour)
  await failure(oauth.installation(ada).accessToken())
  const link = await oauth.reconnectLink(ada)
  const browser = new Browser(createOAuthHandler(scene.client()))
  return { ...scene, oauth, link, browser }
}

describe('reconnectLink()', () => {
  test('leads to the consent page, and connects the same account again', async () => {
    const { browser, fake, link, oauth } = await createDeadGrantScene()
    expect(link).toMatch(/^https:\/\/app\.example\.com\/pipedrive\/install\?reconnect=/)
    const back = await browser.send(await fake.approve(locationOf(await browser.send(link))))
    expect(back.status).toBe(302)
    expect(await oauth.installation(ada).describe()).toMatchObject({
      status: 'active',
      reference: 'tenant-7',
    })
  })

  test('lets no other account connect', async () => {
    const { browser, fake, link, store } = await createDeadGrantScene()
    const consent = locationOf(await browser.send(link))
    const back = await browser.send(await fake.approve(consent, { user: '1001:12' }))
    expect([back.status, await back.text()]).toEqual([403, expect.stringContaining('unexpected_account')])
    expect(await store.get('1001:12')).toBeUndefined()
  })

  test('is dead once the account has connected again', async () => {
    const { browser, connect, link, oauth } = await createDeadGrantScene()
    await connect(oauth)
    const answer = await browser.send(link)
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('link_expired')])
  })

  test('works as long as it says, and also after the record is gone', async () => {
    const { browser, clock, link, oauth } = await createDeadGrantScene()
    const short = await oauth.reconnectLink(ada, { lifetimeMs: hour })
    await oauth.installation(ada).forget()
    expect((await browser.send(short)).status).toBe(302)
    await clock.advance(hour)
    expect((await browser.send(short)).status).toBe(400)
    expect((await browser.send(link)).status).toBe(302)
    await clock.advance(7 * day)
    expect((await browser.send(link)).status).toBe(400)
  })

  test('refuses an unknown installation, a malformed id and an unusable lifetime', async () => {
    const { browser, oauth } = await createDeadGrantScene()
    expect(await failure(oauth.reconnectLink('9:9'))).toBe('not_installed')
    expect(await failure(oauth.reconnectLink('9' as never))).toBe('invalid_argument')
    for (const lifetimeMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(await failure(oauth.reconnectLink(ada, { lifetimeMs }))).toBe('invalid_argument')
    expect((await browser.send(`${origin}/pipedrive/install?reconnect=forged`)).status).toBe(400)
  })
})
