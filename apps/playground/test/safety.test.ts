import { request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../src/http/listen.ts'
import { Browser } from '../src/once/browser.ts'
import { fakePipedrive } from '../src/pipedrive.ts'
import { memorySafe } from '../src/keeping/safe.ts'
import { startPlayground } from '../src/start-playground.ts'
import { connect, follow, press, secrets, createScene, textOf } from './scene.ts'
import { listenTo } from './event-stream.ts'

test('markup in the names of users and companies is shown as text, on the page and in the stream', async () => {
  const attack = `<img src=x onerror="alert('1')">`
  const scene = await createScene({
    companies: [{ id: 5, name: `Inc ${attack}`, domain: 'inc' }],
    users: [{ id: 6, companyId: 5, name: `Eve ${attack}` }],
  })
  const { browser, page: first } = await connect(scene, '5:6')
  const page = await press(browser, first, 'refresh')
  const stream = await listenTo(scene, browser, '?seen=0')
  const status = await stream.next(({ event }) => event === 'status')
  const entry = await stream.next(({ event }) => event === 'happened')
  for (const text of [page.text, (JSON.parse(status.data) as { status: string }).status, entry.data]) {
    expect(text).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;')
    expect(text).not.toContain('<img')
  }
})

test('no page and no stream holds a token or a secret', async () => {
  const scene = await createScene()
  const { browser, page } = await connect(scene)
  const stream = await listenTo(scene, browser, '?seen=0')
  const texts = [page.text]
  const actions = [
    'refresh',
    'callers',
    'expire',
    'callers',
    'revoke',
    'read-deals',
    'uninstall-notice-lost',
    'refresh',
  ]
  for (const action of actions) texts.push((await press(browser, page, action)).text)
  await stream.next(({ data }) => {
    texts.push(data)
    return data.includes('"state":"reauthorization_required"')
  })
  const sent = scene.fake.calls.flatMap((call) => [call.accessToken, call.refreshToken, call.code])
  const confidential = [...sent, scene.fake.app.clientSecret, ...secrets].filter(
    (value) => value !== undefined,
  )
  expect(new Set(confidential).size).toBeGreaterThan(5)
  for (const value of confidential) expect(texts.join('\n')).not.toContain(value)
})

test.each([
  ['a foreign Origin', { origin: 'https://evil.example' }],
  ['a foreign site', { 'sec-fetch-site': 'cross-site' }],
  ['the same site, but another origin', { 'sec-fetch-site': 'same-site' }],
  ['neither header', {}],
])('a button press with %s is refused', async (_, headers) => {
  const scene = await createScene()
  const { browser } = await connect(scene)
  scene.fake.clearCalls()
  for (const path of [
    '/installations/1001:11/refresh',
    '/installations/1001:11/uninstall',
    '/switch',
    '/pipedrive/disconnect?installation=1001:11',
  ]) {
    const answer = await fetch(scene.origin + path, {
      method: 'POST',
      headers: { ...headers, cookie: browser.cookiesFor(scene.origin) },
      redirect: 'manual',
    })
    expect(answer.status).toBe(403)
  }
  expect(scene.fake.calls).toEqual([])
  expect(await Array.fromAsync(scene.playground.oauth.installations())).toHaveLength(1)
})

describe('F83 a request for another host', () => {
  const foreign = (port: string) => [
    'rebound.example',
    `rebound.example:${port}`,
    `localhost.rebound.example:${port}`,
    `evil-localhost:${port}`,
    `localhost.:${port}`,
    `127.0.0.2:${port}`,
    `0.0.0.0:${port}`,
    `[::2]:${port}`,
    `user@localhost:${port}`,
  ]

  test('F83 is refused with 421, if the host is foreign', async () => {
    const { origin } = await createScene()
    for (const host of foreign(new URL(origin).port))
      for (const method of ['GET', 'POST'])
        // Node's adapter answers 400 if the header is no host at all.
        expect([400, 421], `${method} ${host}`).toContain(await statusFor(origin, method, host))
  })

  test('F83 is refused, if the address in the request line is foreign and the Host header is not', async () => {
    const { origin } = await createScene()
    const { host } = new URL(origin)
    expect(await statusFor(origin, 'GET', host, 'http://rebound.example/')).toBe(421)
    expect(await statusFor(origin, 'GET', 'rebound.example', `${origin}/`)).toBe(421)
  })

  test('F83 is redirected to the same path on the own host, if it names this machine, whatever the path', async () => {
    const { origin } = await createScene()
    const paths = [
      '/?a=b',
      '//evil.example',
      '//evil.example/x?y',
      '/\\evil.example',
      '/%2f/evil.example',
      '/%5cevil.example',
      '///evil.example',
      '/.//evil.example',
      '/x/..//evil.example',
      '/@evil.example',
      '/:80/',
    ]
    for (const path of paths) {
      const { status, location } = await answerTo(origin, path, `127.0.0.1:${new URL(origin).port}`)
      // Node's adapter refuses some targets itself.
      if (status === 400) continue
      expect([path, status]).toEqual([path, 302])
      expect(new URL(location ?? '', 'http://127.0.0.1').origin, path).toBe(origin)
    }
  })
})

test('a page at 127.0.0.1 redirects to localhost', async () => {
  const { origin } = await createScene()
  const answer = await fetch(`${origin.replace('localhost', '127.0.0.1')}/?a=b`, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([302, `${origin}/?a=b`])
})

test('pages allow only their own script', async () => {
  const { origin } = await createScene()
  const { headers } = await fetch(origin)
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+'; connect-src 'self'; /,
  )
})

test('behind a public address, each browser sees only its own installation', async () => {
  const socket = await listen(0)
  const pipedrive = await fakePipedrive('https://demo.example/pipedrive/callback')
  const playground = await startPlayground(socket, pipedrive, memorySafe(secrets))
  onTestFinished(() => playground.close())
  const ada = await connectThroughTunnel('1001:11')
  const bo = await connectThroughTunnel('1001:12')
  expect(textOf(ada.page)).toContain('Ada Lindqvist')
  expect(textOf(bo.page)).toContain('Bo Tamm')
  expect(textOf(bo.page)).not.toContain('Ada')
  const stranger = textOf(await new Browser().get(playground.origin))
  expect(stranger).not.toMatch(/Ada|Bo Tamm/)

  async function connectThroughTunnel(user: string) {
    const browser = new Browser()
    // The tunnel: the public address leads to the playground.
    const moved = new URL(
      (await browser.get(`${playground.origin}/pipedrive/install`)).headers.get('location') ?? '',
    )
    expect(moved.origin).toBe('https://demo.example')
    const consent = await follow(
      browser,
      await browser.get(playground.origin + moved.pathname + moved.search),
    )
    const approved = await browser.submit(consent, { user, decision: 'allow' })
    const { pathname, search } = new URL(approved.headers.get('location') ?? '')
    const page = await follow(browser, await browser.get(playground.origin + pathname + search))
    return { browser, page }
  }
})

test('with the real service there are no buttons that need the fake', async () => {
  const socket = await listen(0)
  const { controls: _, ...pipedrive } = await fakePipedrive(
    `http://localhost:${socket.port}/pipedrive/callback`,
  )
  const playground = await startPlayground(socket, pipedrive, memorySafe(secrets))
  onTestFinished(() => playground.close())
  const { browser, page } = await connect(playground)
  expect(textOf(page)).toContain('Real Pipedrive')
  expect([...page.text.matchAll(/action="(\/[^"]+)"/g)].map(([, action]) => action)).toEqual([
    '/switch',
    '/installations/1001:11/refresh',
    '/installations/1001:11/callers',
    '/installations/1001:11/revoke',
    '/pipedrive/disconnect?installation=1001:11',
    '/installations/1001:11/read-deals',
  ])
  const forced = await fetch(`${playground.origin}/installations/1001:11/uninstall`, {
    method: 'POST',
    headers: { origin: playground.origin, cookie: browser.cookiesFor(playground.origin) },
  })
  expect(forced.status).toBe(200)
  expect(await Array.fromAsync(playground.oauth.installations())).toHaveLength(1)
})

/** Resolves to the answer for a request with this target and `Host`, which `fetch` does not let a caller choose. */
function answerTo(
  origin: string,
  path: string,
  host: string,
  method = 'GET',
): Promise<{ status: number | undefined; location: string | undefined }> {
  const { hostname, port } = new URL(origin)
  const headers = { host, 'sec-fetch-site': 'same-origin' }
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode, location: answer.headers.location })
    })
    sent.once('error', reject)
    sent.end()
  })
}

async function statusFor(
  origin: string,
  method: string,
  host: string,
  path = '/',
): Promise<number | undefined> {
  return (await answerTo(origin, path, host, method)).status
}
