import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakePipedrive, type FakePipedrive } from '../src/index.ts'

let fake: FakePipedrive
let origin: string
let port: number

beforeEach(async () => {
  fake = createFakePipedrive()
  fake.install('1001:11')
  ;({ origin, port } = await fake.listen())
})
afterEach(() => fake.close())

/** Sends a request with any headers, which `fetch` does not allow. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(origin, { method, path, headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

describe('F83 a request for a foreign host gets 421', () => {
  const paths = ['/', '/oauth/authorize', '/__fake/calls', '/api/v2/deals', '/anything']
  test.each([
    ['a foreign name', () => 'evil.example'],
    ['a foreign name with the port', () => `evil.example:${port}`],
    ['a name that ends like an own one', () => `evil-localhost:${port}`],
    ['a name that begins like an own one', () => `localhost.evil.example:${port}`],
    ['another port', () => `localhost:${port === 65_535 ? 1 : port + 1}`],
    ['no port', () => 'localhost'],
    ['a trailing dot', () => `localhost.:${port}`],
    ['another address of this machine', () => `127.0.0.2:${port}`],
    ['another IPv6 address', () => `[::2]:${port}`],
    ['the unspecified address', () => `0.0.0.0:${port}`],
  ])('F83 %s', async (_, host) => {
    for (const path of paths) expect([path, await send('GET', path, { host: host() })]).toEqual([path, 421])
    expect(
      await send('POST', '/__fake/uninstall', { host: host(), 'content-type': 'application/json' }, '{}'),
    ).toBe(421)
    fake.expectInstalled('1001:11')
  })

  test('F83 a Host that is no host is refused', async () => {
    for (const host of ['evil example', 'a/b', '[::1', `[::ffff:10.0.0.1]:${port}`, `user@127.0.0.1:${port}`])
      expect([400, 421]).toContain(await send('GET', '/', { host }))
  })

  test('F83 names of this machine are answered', async () => {
    for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
      expect([host, await send('GET', '/__fake/users', { host })]).toEqual([host, 200])
  })

  test.each([
    ['of a foreign host, with an own Host', () => ['http://evil.example/', `127.0.0.1:${port}`]],
    ['of an own host, with a foreign Host', () => [`http://127.0.0.1:${port}/`, 'evil.example']],
  ])('F83 an absolute target %s gets 421', async (_, parts) => {
    const [target, host] = parts()
    expect(await raw(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 421/,
    )
  })

  test('F83 an allowed host is answered, and names itself as api_domain', async () => {
    const { port } = await fake.listen({ allowedHosts: ['fake:4700', 'fake.internal'] })
    const get = (host: string) => raw(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`, port)
    expect(await get('fake:4700')).toMatch(/^HTTP\/1\.1 200/)
    expect(await get('fake.internal')).toContain('<code>http://fake.internal</code>')
    expect(await get('fake:4701')).toMatch(/^HTTP\/1\.1 421/)
  })
})

/** Sends bytes and resolves to the whole answer. */
function raw(bytes: string, at = port): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(at, '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (text) => (answer += text))
    socket.once('close', () => resolve(answer))
    socket.once('error', reject)
  })
}

describe('F83 a page of another origin cannot control the fake', () => {
  const json = { 'content-type': 'application/json' }
  const body = '{"user":"1001:11"}'

  test.each([
    ['a foreign Origin', { ...json, origin: 'https://evil.example' }, 403],
    ['the Origin of another port', { ...json, origin: 'http://127.0.0.1:1' }, 403],
    ['an opaque Origin', { ...json, origin: 'null' }, 403],
    ['Sec-Fetch-Site cross-site and no Origin', { ...json, 'sec-fetch-site': 'cross-site' }, 403],
    ['Sec-Fetch-Site same-site', { ...json, 'sec-fetch-site': 'same-site' }, 403],
    ['Sec-Fetch-Site none on a POST', { ...json, 'sec-fetch-site': 'none' }, 403],
    [
      'Sec-Fetch-Site same-origin and a foreign Origin',
      { ...json, 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
      403,
    ],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a multipart form', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['text', { 'content-type': 'text/plain' }, 415],
    ['text that mentions JSON', { 'content-type': 'text/plain; x=application/json' }, 415],
    ['no content type', {}, 415],
  ])('F83 a POST with %s is refused', async (_, headers, status) => {
    for (const path of [
      'uninstall',
      'expire',
      'kill',
      'faults',
      'users',
      'clock',
      'app',
      'company',
      'install',
      'approve',
    ])
      expect([path, await send('POST', `/__fake/${path}`, headers, body)]).toEqual([path, status])
    const { accessTokens } = fake.expectInstalled('1001:11')
    expect(accessTokens).toHaveLength(1)
  })

  test.each([
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
  ])('F83 data and deletes with %s are refused', async (_, headers) => {
    for (const path of ['calls', 'installations', 'users', 'app'])
      expect(await send('GET', `/__fake/${path}`, headers)).toBe(403)
    expect(await send('DELETE', '/__fake/calls', headers)).toBe(403)
    expect(await send('DELETE', '/__fake/faults', headers)).toBe(403)
  })

  test.each([
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
  ])('F83 nobody else can click "Allow": %s', async (_, headers) => {
    const { searchParams } = new URL(fake.authorizeUrl())
    const form = new URLSearchParams({
      ...Object.fromEntries(searchParams),
      user: '1001:12',
      decision: 'allow',
    })
    const post = (more: Record<string, string>) =>
      send(
        'POST',
        '/oauth/authorize',
        { 'content-type': 'application/x-www-form-urlencoded', ...more },
        form.toString(),
      )
    expect(await post(headers)).toBe(400)
    expect(await post({ origin })).toBe(303)
  })

  test('F83 own pages and clients that are no browser may do it', async () => {
    expect(
      await send('POST', '/__fake/expire', { ...json, origin, 'sec-fetch-site': 'same-origin' }, body),
    ).toBe(200)
    expect(
      await send(
        'POST',
        '/__fake/expire',
        { ...json, 'content-type': 'Application/JSON; charset=utf-8' },
        body,
      ),
    ).toBe(200)
    expect(await send('GET', '/__fake/calls', { 'sec-fetch-site': 'none' })).toBe(200)
  })
})
