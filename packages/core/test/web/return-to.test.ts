import { expect, test } from 'vitest'
import { createOAuthHandler } from '../../src/index.ts'
import { Browser, locationOf } from './browser.ts'
import { createScene } from '../flow/scene.ts'

test.each([
  ['/settings?tab=pipedrive#top', '/settings?tab=pipedrive#top'],
  ['/日本', '/%E6%97%A5%E6%9C%AC'],
  ['/é?q=ü', '/%C3%A9?q=%C3%BC'],
  ['/100%25', '/100%25'],
])(
  'a user who came from %s is brought back there, whatever script it is written in',
  async (returnTo, location) => {
    const { client, fake } = createScene()
    const oauth = client()
    const browser = new Browser(createOAuthHandler(oauth))
    const install = new URL('/pipedrive/install', oauth.redirectUri)
    install.searchParams.set('returnTo', returnTo)
    const consent = locationOf(await browser.send(install))
    const back = await browser.send(await fake.approve(consent))
    expect(back.status).toBe(302)
    expect(locationOf(back)).toBe(location)
  },
)
