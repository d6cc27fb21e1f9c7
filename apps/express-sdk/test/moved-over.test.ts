/** Runs the program of docs/coming-from/official-sdk-cookie.md, exactly as printed, for a browser that used the original. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL, fileURLToPath } from 'node:url'
import { PipedriveOAuth } from '@pd/oauth-core'
import type { FakePipedriveOptions } from '@pd/fake-pipedrive'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { Browser } from '@pd/test-support/journey'
import type { Express } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { dealsIn, setStage, visit } from './stage.ts'

const page = readFileSync(
  new URL('../../../docs/coming-from/official-sdk-cookie.md', import.meta.url),
  'utf8',
)
const folder = fileURLToPath(new URL('../artifacts/moved/', import.meta.url))

/** Loads the program, with a copy of its own for each test. */
async function printedApp(name: string): Promise<(oauth: PipedriveOAuth) => Express> {
  const [, program = ''] = /^```ts\n([^]*?)^```$/m.exec(page) ?? []
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${name}.ts`, program)
  const loaded = (await import(pathToFileURL(`${folder}${name}.ts`).href)) as {
    createApp: (oauth: PipedriveOAuth) => Express
  }
  return loaded.createApp
}

type Stage = Awaited<ReturnType<typeof setStage>>

/** A browser that connected with the original, and the moved application at the same address. */
async function moveOver(
  name: string,
  prepare: (stage: Stage) => void = () => {},
  options: FakePipedriveOptions = {},
) {
  const stage = await setStage(options)
  const original = await stage.original()
  const { origin } = new URL(stage.redirectUri)
  const jar = new Map<string, string>()
  const browser = new Browser(origin, origin, jar)
  const before = await dealsIn(await visit(stage, browser))
  await original.kill()
  prepare(stage)
  const withOldCookie = new Browser(origin, origin, new Map(jar))
  const { oauth } = await serve(stage, name, Number(new URL(origin).port))
  return { stage, browser, before, oauth, withOldCookie }
}

/** Starts the moved application as another process would: with a client and a copy of the program of its own. */
async function serve({ environment, origin, redirectUri }: Stage, name: string, port = 0) {
  const driver = nodeSqliteDriver(environment.DATABASE)
  onTestFinished(() => driver.close())
  const store = sqlStore(driver)
  await store.createTable()
  const oauth = new PipedriveOAuth({
    clientId: environment.PIPEDRIVE_CLIENT_ID,
    clientSecret: environment.PIPEDRIVE_CLIENT_SECRET,
    redirectUri,
    secrets: [environment.PD_OAUTH_SECRETS],
    endpoints: { oauth: origin, api: origin },
    store,
    logger: false,
  })
  const createApp = await printedApp(name)
  const server = createServer(createApp(oauth)).listen(port)
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await oauth.settled()
  })
  return { oauth, origin: `http://localhost:${(server.address() as AddressInfo).port}` }
}

const consents = ({ fake }: Stage) => fake.tokenRequests({ grantType: 'authorization_code' }).length

test.each(['valid', 'expired'])(
  'F58 a browser with the cookie of the original goes on without a consent, its access token being %s',
  async (state) => {
    const { stage, browser, before, oauth } = await moveOver(`goes-on-${state}`, ({ fake }) => {
      if (state === 'expired') fake.expireAccessTokens()
    })
    for (const _again of [1, 2]) expect(await dealsIn(await browser.page('/'))).toEqual(before)
    expect([consents(stage), stage.refreshes()]).toEqual([1, 1])
    stage.fake.expireAccessTokens()
    await oauth.installation('1001:11').refresh()
    expect(await dealsIn(await browser.page('/'))).toEqual(before)
    const { data } = await oauth.installation('1001:11').api<{ data: object[] }>('/api/v2/deals')
    expect(data).toHaveLength(before.length)
  },
)

test('the cookie of the original holds no token any more, and a logout ends its session', async () => {
  const { stage, browser } = await moveOver('logout')
  const answer = await browser.page('/')
  const [, cookie = ''] = /session=([^;]+)/.exec(answer.headers.getSetCookie().join('\n')) ?? []
  expect(Object.keys(JSON.parse(Buffer.from(cookie, 'base64').toString()))).toEqual(['pipedrive'])
  const origin = new URL(stage.redirectUri).origin
  expect((await browser.send('/logout', { method: 'POST', headers: { origin } })).status).toBeLessThan(400)
  expect((await browser.page('/')).status).toBe(302)
})

test('a user whose grant has ended is asked for consent', async () => {
  const { stage, browser } = await moveOver('ended', ({ fake }) => {
    void fake.uninstall()
  })
  expect((await visit(stage, browser)).status).toBe(200)
  expect(consents(stage)).toBe(2)
})

test.each([
  ['keeps', { rotateRefreshTokens: false }],
  ['replaces', { rotateRefreshTokens: true, reuseDetection: false }],
])(
  'F58 two processes that get one old cookie agree on its user where Pipedrive %s refresh tokens',
  async (rotation, options) => {
    const expire = ({ fake }: Stage) => fake.expireAccessTokens()
    const { stage, browser, before, withOldCookie } = await moveOver(`first-${rotation}`, expire, options)
    const second = await serve(stage, `second-${rotation}`)
    expect(await dealsIn(await browser.page('/'))).toEqual(before)

    // The browser had sent another request before it got the answer of the first process.
    const late = await withOldCookie.at(second.origin).page('/')
    if (options.rotateRefreshTokens) {
      expect(late.status).toBe(302)
      expect(late.headers.getSetCookie().filter((cookie) => cookie.startsWith('session='))).toEqual([])
    } else expect(await dealsIn(late)).toEqual(before)

    for (const process of [browser, browser.at(second.origin)])
      expect(await dealsIn(await process.page('/'))).toEqual(before)
    expect(consents(stage)).toBe(1)
  },
)

test('a consent ends the session of the cookie, so that another user can connect', async () => {
  const { stage, browser } = await moveOver('another')
  await browser.page('/')
  const answer = await browser.page(stage.redirectUri)
  expect(answer.headers.getSetCookie().join()).toContain('session=;')
})
