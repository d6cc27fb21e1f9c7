import { createServer, request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import express from 'express'
import express4 from 'express4'
import { describe, expect, test } from 'vitest'
import { toNodeListener } from '../../src/index.ts'
import { platforms, serve, serveExpress, withNext } from '../servers.ts'

const says = (request: Request) => new Response(request.url)
const address = (options?: Parameters<typeof toNodeListener>[1]) => toNodeListener(says, options)

const own = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example.com' }

/** A proxy as nginx is set up: it sends its own headers in place of the client's. */
function proxyTo(origin: string, headers: OutgoingHttpHeaders): Promise<string> {
  return serve(
    createServer((req, res) => {
      const upstream = httpRequest(
        origin + req.url,
        { method: req.method!, headers: { ...req.headers, ...headers } },
        (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(res)
        },
      )
      req.pipe(upstream)
    }),
  )
}

describe.each(['node:http', ...withNext] as const)('behind a proxy, on %s', (platform) => {
  test('the address is the one that the client asked for, when the proxy is trusted', async () => {
    const proxy = await proxyTo(await platforms[platform](says, { trustProxy: true }), own)
    expect(await (await fetch(`${proxy}/a?b=1`)).text()).toBe('https://app.example.com/a?b=1')
  })

  test('what the proxy says is not believed by default', async () => {
    const proxy = await proxyTo(await platforms[platform](says), own)
    expect(await (await fetch(`${proxy}/a`)).text()).toBe(`${proxy}/a`)
  })
})

describe.each([
  ['Express 4', express4],
  ['Express 5', express],
] as const)('on %s', (_version, make) => {
  test.each([
    ['trust proxy is on', true, {}, 'https://app.example.com/'],
    ['trust proxy names this machine', 'loopback', {}, 'https://app.example.com/'],
    ['trust proxy names another network', '10.0.0.0/8', {}, undefined],
    ['trust proxy is off', false, {}, undefined],
    ['trust proxy is on, and the option says no', true, { trustProxy: false }, undefined],
  ])('%s', async (_what, setting, options, expected) => {
    const app = make() as express.Express
    app.set('trust proxy', setting)
    const origin = await serveExpress(app, address(options))
    const response = await fetch(origin, { headers: own })
    expect(await response.text()).toBe(expected ?? `${origin}/`)
  })

  test('a fixed origin decides, whatever Host and proxy say', async () => {
    const app = make() as express.Express
    app.set('trust proxy', true)
    const origin = await serveExpress(app, address({ origin: 'https://fixed.example' }))
    const headers = { ...own, 'x-forwarded-host': 'a b' }
    expect(await (await fetch(`${origin}/a?b=1`, { headers })).text()).toBe('https://fixed.example/a?b=1')
  })

  test('mounted under a path, the handler sees the whole one', async () => {
    const app = make() as express.Express
    const origin = await serveExpress(app, address(), { path: '/mounted' })
    expect(await (await fetch(`${origin}/mounted/a?b=1`)).text()).toBe(`${origin}/mounted/a?b=1`)
  })
})

describe('a trusted proxy', () => {
  test.each([
    [
      'in a chain: the one nearest to the client counts',
      { 'x-forwarded-host': 'a.example, b.example' },
      'http://a.example/',
    ],
    [
      'with a port',
      { 'x-forwarded-host': 'a.example:8443', 'x-forwarded-proto': 'https' },
      'https://a.example:8443/',
    ],
    [
      'in a chain, with blanks',
      { 'x-forwarded-host': 'a.example , b.example', 'x-forwarded-proto': 'https , http' },
      'https://a.example/',
    ],
    ['that says nothing', {}, undefined],
    [
      'that says nothing, though the client sends Forwarded',
      { forwarded: 'host=evil.example;proto=https' },
      undefined,
    ],
  ])('%s', async (_what, headers, expected) => {
    const origin = await platforms['node:http'](says, { trustProxy: true })
    expect(await (await fetch(origin, { headers })).text()).toBe(expected ?? `${origin}/`)
  })

  test.each([
    ['an invalid host', { 'x-forwarded-host': 'evil.example/path' }],
    ['a protocol other than http and https', { 'x-forwarded-proto': 'javascript' }],
    ['the protocol of a socket', { 'x-forwarded-proto': 'wss' }],
  ])('that says %s is not believed: 400', async (_what, headers) => {
    const origin = await platforms['node:http'](says, { trustProxy: true })
    expect((await fetch(origin, { headers })).status).toBe(400)
  })
})
