import { describe, expect, test } from 'vitest'
import { createWebAuth } from '../../src/adapter.ts'
import { ReauthorizationRequiredError } from '../../src/index.ts'
import { ada } from '../flow/scene.ts'
import { cookiesSetBy } from './browser.ts'
import { createWebScene, origin, stateOf } from './web-scene.ts'

const targets = ['iframe', 'frame', 'embed', 'object', 'fencedframe']
const framed = (target: string) => ({ 'sec-fetch-dest': target, 'sec-fetch-mode': 'navigate' })

/** Returns the link of the small page that leads out of a frame, after checking that it is that page. */
async function linkOf(response: Response | undefined): Promise<string> {
  expect([response?.status, response?.headers.get('location')]).toEqual([200, null])
  expect(response?.headers.get('content-security-policy')).toContain(
    'frame-ancestors https://*.pipedrive.com',
  )
  const page = (await response?.text()) ?? ''
  const link = /<a href="([^"]+)" target="_blank" rel="noopener">Connect Pipedrive<\/a>/.exec(page)
  return (link?.[1] ?? page).replaceAll('&#38;', '&')
}

describe.each(targets)('in a frame (%s)', (target) => {
  const headers = framed(target)

  test('F64 an install link shows a page whose link opens it in a tab', async () => {
    const { browser } = createWebScene()
    const link = `${origin}/pipedrive/install?returnTo=%2Fdeals%3Fa%3D1%26b%3D2`
    const answer = await browser.send(link, { headers })
    expect([await linkOf(answer), answer.headers.getSetCookie()]).toEqual([link, []])
  })

  test('F64 a reconnect link shows a page whose link opens it in a tab', async () => {
    const { browser, connect, oauth } = createWebScene()
    await connect(oauth)
    const link = await oauth.reconnectLink(ada)
    expect(await linkOf(await browser.send(link, { headers }))).toBe(link)
  })

  test('F64 a callback that starts again shows a page whose link opens the install link in a tab', async () => {
    const { browser, codesSent, fake } = createWebScene()
    const callback = await fake.approve(fake.authorizeUrl())
    expect(await linkOf(await browser.send(callback, { headers }))).toBe(`${origin}/pipedrive/install`)
    expect(codesSent()).toEqual([])
  })

  test('F64 an answer to an attempt that is over shows a page whose link opens the consent page in a tab', async () => {
    const { browser, fake, install } = createWebScene()
    const consent = await install('/deals')
    await browser.send(fake.deny(consent))
    const answer = await browser.send(await fake.approve(consent), { headers })
    expect(cookiesSetBy(answer)).toHaveLength(2)
    const link = await linkOf(answer)
    expect([new URL(link).pathname, stateOf(link) === stateOf(consent)]).toEqual(['/oauth/authorize', false])
    const back = await browser.send(await fake.approve(link))
    expect(back.headers.get('location')).toBe('/deals')
  })

  test('F64 a guarded page shows a page whose link opens the install link in a tab', async () => {
    const { oauth } = createWebScene()
    const request = new Request(`${origin}/panel?x=1&token=a.b.c`, { headers })
    const error = new ReauthorizationRequiredError('not_installed', ada)
    const answer = await createWebAuth(oauth).answer(error, request, undefined)
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain(
      `<a href="${origin}/pipedrive/install?returnTo=%2Fpanel%3Fx%3D1" target="_blank" rel="noopener">`,
    )
  })
})

test('F64 the page that leads out of a frame has the look and the texts of the app', async () => {
  const { browser } = createWebScene(
    {
      pages: {
        appName: 'Northwind Sync',
        language: 'de',
        texts: {
          connect: 'Verbinden',
          new_tab: { title: 'Pipedrive verbinden', text: 'In einem neuen Tab.' },
        },
      },
    },
    { endpoints: { api: 'http://localhost:4700' } },
  )
  const answer = await browser.send(`${origin}/pipedrive/install`, { headers: framed('iframe') })
  expect(answer.headers.get('content-security-policy')).toContain(
    'frame-ancestors https://*.pipedrive.com http://localhost:4700',
  )
  expect(await answer.text()).toMatch(
    /<html lang="de">[^]*<bdi>Northwind Sync<\/bdi>[^]*<h1>Pipedrive verbinden<\/h1>\s*<p>In einem neuen Tab\.<\/p>[^]*>Verbinden<\/a>/,
  )
})

test('F64 the signed token tells a frame where the browser does not', async () => {
  const { browser } = createWebScene()
  const link = `${origin}/pipedrive/install?token=a.b.c`
  expect(await linkOf(await browser.send(link))).toBe(link)
})
