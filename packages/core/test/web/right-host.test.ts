import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOAuthHandler } from '../../src/index.ts'
import { ada, createScene } from '../flow/scene.ts'
import { Browser, locationOf } from './browser.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

function createLocalScene() {
  const scene = createScene({ redirectUri: 'http://localhost:3000/pipedrive/callback' })
  const oauth = scene.client()
  return { ...scene, oauth, browser: new Browser(createOAuthHandler(oauth)) }
}

describe('an install link', () => {
  test.each([
    ['http://127.0.0.1:3000', {}],
    ['http://127.1.2.3:3000', {}],
    ['http://[::1]:3000', {}],
    ['http://localhost:3000', { host: '127.0.0.1:3000' }],
    ['http://app.test', {}],
    ['https://tunnel.example', {}],
    ['http://localhost:3000', { host: '[' }],
    ['http://localhost:3000', { host: 'upstream', 'x-forwarded-host': ' , edge.internal ' }],
  ])(
    'F65 at %s (%o) goes to the host of redirectUri first, with its query, and once',
    async (at, headers) => {
      const { browser, fake } = createLocalScene()
      const first = await browser.send(`${at}/pipedrive/install?returnTo=%2Fdeals%3Fa%3D1&x=2`, { headers })
      expect([first.status, locationOf(first), first.headers.getSetCookie()]).toEqual([
        302,
        'http://localhost:3000/pipedrive/install?returnTo=%2Fdeals%3Fa%3D1&x=2&moved=1',
        [],
      ])
      const consent = await browser.send(locationOf(first))
      expect(await endOf(await browser.send(await fake.approve(locationOf(consent))))).toBe('/deals?a=1')
    },
  )

  test('F65 behind a proxy that changes the host is moved once, not for ever', async () => {
    const { browser } = createLocalScene()
    const headers = { host: 'upstream:8080' }
    const first = await browser.send('http://upstream:8080/pipedrive/install', { headers })
    const path = locationOf(first).slice('http://localhost:3000'.length)
    expect(await endOf(await browser.send(`http://upstream:8080${path}`, { headers }))).toBe('consent')
  })

  test.each([
    ['the host', {}],
    ['the host in capitals', { host: 'LOCALHOST:3000' }],
    ['another port: browsers share cookies between ports', { host: 'localhost:5173' }],
    ['the address behind a development server on this machine', { host: '127.0.0.1:8080' }],
    ['the host as a proxy passes it on', { host: 'upstream:8080', 'x-forwarded-host': 'localhost:3000' }],
    ['http, as the app has it', { 'x-forwarded-proto': 'http' }],
    ['the host behind blanks', { host: 'upstream', 'x-forwarded-host': 'edge.internal , localhost' }],
    ['the host through two proxies', { host: 'upstream', 'x-forwarded-host': 'localhost, edge.internal' }],
  ])('F65 with %s begins at once', async (_, headers) => {
    const { browser } = createLocalScene()
    expect(await endOf(await browser.send('http://localhost:3000/pipedrive/install', { headers }))).toBe(
      'consent',
    )
  })

  test('F65 that came by http to an app on https goes to https first: its cookie would be refused', async () => {
    const { browser } = createWebScene()
    const headers = { host: 'app.example.com', 'x-forwarded-proto': 'http' }
    const first = await browser.send('http://app.example.com/pipedrive/install?returnTo=%2Fx', { headers })
    expect(locationOf(first)).toBe(`${origin}/pipedrive/install?returnTo=%2Fx&moved=1`)
  })

  test('F65 to connect again keeps its token on the way', async () => {
    const { browser, connect, oauth } = createWebScene()
    await connect(oauth)
    const link = await oauth.reconnectLink(ada)
    const moved = locationOf(await browser.send(link.replace('app.example.com', 'www.app.example.com')))
    expect(moved).toBe(`${link}&moved=1`)
    expect(await endOf(await browser.send(moved))).toBe('consent')
  })

  test('F65 ends at the consent page after at most one move, whatever host it was asked from', async () => {
    const { browser } = createLocalScene()
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
      fc.constantFrom('localhost', 'localhost.', 'LOCALHOST:80', '', 'a b', '//', 'user@localhost', '%zz'),
      fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
    )
    await fc.assert(
      fc.asyncProperty(host, fc.option(host), async (own, forwarded) => {
        const headers: Record<string, string> = { host: own }
        if (forwarded !== null) headers['x-forwarded-host'] = forwarded
        let address = 'http://localhost:3000/pipedrive/install'
        const ends: string[] = []
        for (let hop = 0; hop < 3 && ends.at(-1) !== 'consent'; hop++) {
          const answer = await browser.send(address, { headers })
          ends.push(await endOf(answer))
          address = locationOf(answer)
        }
        expect(ends.at(-1)).toBe('consent')
        expect(ends.length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 300 },
    )
  })
})
