import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../src/http/listen.ts'
import { Browser } from '../src/once/browser.ts'
import { fakePipedrive } from '../src/pipedrive.ts'
import { memorySafe } from '../src/keeping/safe.ts'
import { startPlayground } from '../src/playground.ts'
import { connect, follow, press, secrets, startDemo, textOf } from './demo.ts'
import { listenTo } from './event-stream.ts'

test('hostile names of people and companies are text, on the page and in the stream', async () => {
  const attack = `<img src=x onerror="alert('1')">`
  const demo = await startDemo({
    companies: [{ id: 5, name: `Inc ${attack}`, domain: 'inc' }],
    users: [{ id: 6, companyId: 5, name: `Eve ${attack}` }],
  })
  const { browser, page: first } = await connect(demo, '5:6')
  const page = await press(browser, first, 'refresh')
  const stream = await listenTo(demo, browser, '?seen=0')
  const status = await stream.next(({ event }) => event === 'status')
  const entry = await stream.next(({ event }) => event === 'happened')
  for (const text of [page.text, (JSON.parse(status.data) as { status: string }).status, entry.data]) {
    expect(text).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;')
    expect(text).not.toContain('<img')
  }
})

test('no token and no secret is on a page or in the stream', async () => {
  const demo = await startDemo()
  const { browser, page } = await connect(demo)
  const stream = await listenTo(demo, browser, '?seen=0')
  const texts = [page.text]
  const actions = [
    'refresh',
    'callers',
    'expire',
    'callers',
    'revoke',
    'read-deals',
    'uninstall-unheard',
    'refresh',
  ]
  for (const action of actions) texts.push((await press(browser, page, action)).text)
  await stream.next(({ data }) => {
    texts.push(data)
    return data.includes('"state":"reauthorization_required"')
  })
  const sent = demo.fake.calls.flatMap((call) => [call.accessToken, call.refreshToken, call.code])
  const confidential = [...sent, demo.fake.app.clientSecret, ...secrets].filter(
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
  const demo = await startDemo()
  const { browser } = await connect(demo)
  demo.fake.clearCalls()
  for (const path of [
    '/installations/1001:11/refresh',
    '/installations/1001:11/uninstall',
    '/switch',
    '/pipedrive/disconnect?installation=1001:11',
  ]) {
    const answer = await fetch(demo.origin + path, {
      method: 'POST',
      headers: { ...headers, cookie: browser.cookiesFor(demo.origin) },
      redirect: 'manual',
    })
    expect(answer.status).toBe(403)
  }
  expect(demo.fake.calls).toEqual([])
  expect(await Array.fromAsync(demo.playground.oauth.installations())).toHaveLength(1)
})

test('a name that somebody else points at this machine gets no answer', async () => {
  const { origin } = await startDemo()
  expect(await statusFor(origin, 'POST', 'rebound.example')).toBe(421)
  expect(await statusFor(origin, 'GET', 'rebound.example')).toBe(302)
})

test('a page asked for by the address of this machine is shown under its name', async () => {
  const { origin } = await startDemo()
  const answer = await fetch(`${origin.replace('localhost', '127.0.0.1')}/?a=b`, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([302, `${origin}/?a=b`])
})

test('pages allow no script but their own', async () => {
  const { origin } = await startDemo()
  const { headers } = await fetch(origin)
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'sha256-[\w+/=]+'; connect-src 'self'; /,
  )
})

test('behind a public address, each browser sees its own installation only', async () => {
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
    const consent = await follow(browser, await browser.get(`${playground.origin}/pipedrive/install`))
    const approved = await browser.submit(consent, { user, decision: 'allow' })
    const { pathname, search } = new URL(approved.headers.get('location') ?? '')
    const page = await follow(browser, await browser.get(playground.origin + pathname + search))
    return { browser, page }
  }
})

test('with the real service there are no buttons for what only a fake can do', async () => {
  const socket = await listen(0)
  const { stage: _, ...pipedrive } = await fakePipedrive(`http://localhost:${socket.port}/pipedrive/callback`)
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

/** `fetch` does not let a caller choose the `Host`. */
function statusFor(origin: string, method: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(origin, { method, headers: { host, 'sec-fetch-site': 'same-origin' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.once('error', reject)
    sent.end()
  })
}
