import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { PipedriveOAuth } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { freePort } from '@pd/test-support/free-port'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Program } from './program.ts'
import { locationOf, setStage, dealsIn, visit } from './stage.ts'

test('a user comes, allows, and sees his deals; the next time at once', async () => {
  const stage = await setStage()
  await stage.app()
  const browser = stage.browser()
  const first = await dealsIn(await visit(stage, browser))
  expect(first.length).toBeGreaterThan(0)
  expect(await dealsIn(await browser.page('/'))).toEqual(first)
})

test('a restart loses nobody, also after a crash', async () => {
  const stage = await setStage()
  const first = await stage.app()
  const browser = stage.browser()
  const before = await dealsIn(await visit(stage, browser))
  await first.kill()
  const second = await stage.app()
  expect(await dealsIn(await browser.page('/'))).toEqual(before)
  expect(await second.stop()).toBe(0)
  await stage.app()
  expect(await dealsIn(await browser.page('/'))).toEqual(before)
  expect(stage.fake.tokenRequests()).toHaveLength(1)
})

test('a job in another process calls for a user who is not there', async () => {
  const stage = await setStage()
  await stage.app()
  const browser = stage.browser()
  const own = await dealsIn(await visit(stage, browser, { expiresIn: 1 }))
  const { PIPEDRIVE_CLIENT_ID: clientId, PIPEDRIVE_CLIENT_SECRET: clientSecret } = stage.environment
  using driver = nodeSqliteDriver(stage.environment.DATABASE)
  const oauth = new PipedriveOAuth({
    clientId,
    clientSecret,
    redirectUri: stage.redirectUri,
    secrets: [stage.environment.PD_OAUTH_SECRETS],
    endpoints: { oauth: stage.origin, api: stage.origin },
    store: sqlStore(driver),
  })
  const { data } = await oauth.installation('1001:11').api<{ data: object[] }>('/api/v2/deals')
  expect(data).toHaveLength(own.length)
})

test('F12 an hour later the token is refreshed, and the user notices nothing', async () => {
  const stage = await setStage()
  await stage.app()
  const browser = stage.browser()
  const before = await dealsIn(await visit(stage, browser, { expiresIn: 1 }))
  expect(await dealsIn(await browser.page('/'))).toEqual(before)
  expect(stage.refreshes()).toBe(1)
})

test('F91 an access token that dies before its time is refreshed, and the user notices nothing', async () => {
  const stage = await setStage()
  await stage.app()
  const browser = stage.browser()
  const before = await dealsIn(await visit(stage, browser))
  stage.fake.killAccessTokens()
  expect(await dealsIn(await browser.page('/'))).toEqual(before)
  expect(stage.refreshes()).toBe(1)
})

test('F25 two users at the same time each see their own company, in one process', async () => {
  const stage = await setStage()
  await stage.app()
  const [ada, cleo] = [stage.browser(), stage.browser()]
  const own = [
    await dealsIn(await visit(stage, ada, { user: '1001:11', expiresIn: 1 })),
    await dealsIn(await visit(stage, cleo, { user: '1002:13', expiresIn: 1 })),
  ] as const
  expect(own[0]).not.toEqual(own[1])
  const pages = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => dealsIn(await [ada, cleo][index % 2]!.page('/'))),
  )
  for (const [index, deals] of pages.entries()) expect(deals).toEqual(own[index % 2])
  expect(stage.refreshes()).toBe(2)
})

test('F02 two processes on one database make one token request for an expired token', async () => {
  const stage = await setStage()
  const otherPort = await freePort()
  await Promise.all([stage.app(), stage.app(otherPort)])
  const browser = stage.browser()
  // What the page itself needed, before the token was over.
  const begun = await browser.page(locationOf(await browser.page('/')))
  stage.fake.faults.add({ endpoint: 'token', fault: { type: 'override', fields: { expires_in: 1 } } })
  await browser.page(await stage.fake.approve(locationOf(begun)))
  expect(stage.refreshes()).toBe(0)

  const both = [browser, browser.at(`http://localhost:${otherPort}`)]
  const pages = await Promise.all(Array.from({ length: 20 }, (_, index) => both[index % 2]!.page('/')))
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]))
  expect(stage.refreshes()).toBe(1)
})

test('F24 a callback that somebody else began is refused', async () => {
  const stage = await setStage()
  await stage.app()
  const victim = stage.browser()
  const planted = await stage.fake.approve(stage.fake.authorizeUrl({ state: 'of the attacker' }), {
    user: '1002:13',
  })
  expect((await victim.page(planted)).status).toBe(400)
  expect((await victim.data('/')).status).toBe(401)
})

test('who cancels gets a page with a way back', async () => {
  const stage = await setStage()
  await stage.app()
  const page = await visit(stage, stage.browser(), { cancels: true })
  expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('Connect Pipedrive')])
})

describe('an uninstall', () => {
  test('is carried out when its notice comes, and the user is asked to connect again', async () => {
    const stage = await setStage()
    await stage.app()
    const browser = stage.browser()
    await visit(stage, browser)
    const { request } = await stage.fake.uninstall()
    const headers = { authorization: request.headers.get('authorization') ?? '' }
    const body = await request.text()
    expect((await browser.send('/callback', { method: 'DELETE', body })).status).toBe(401)
    expect((await browser.send('/callback', { method: 'DELETE', headers, body })).status).toBe(200)
    expect(locationOf(await browser.page('/'))).toMatch(/\/install\?returnTo=%2F$/)
    expect((await visit(stage, browser)).status).toBe(200)
  })

  test('F91 whose notice is lost shows at the next call, although the access token counts as live', async () => {
    const stage = await setStage()
    await stage.app()
    const browser = stage.browser()
    await visit(stage, browser)
    await stage.fake.uninstall()
    expect(locationOf(await browser.page('/'))).toMatch(/\/install\?returnTo=%2F$/)
    expect((await visit(stage, browser)).status).toBe(200)
  })

  test('whose notice is lost shows at the next refresh', async () => {
    const stage = await setStage()
    await stage.app()
    const browser = stage.browser()
    const begun = await browser.page(locationOf(await browser.page('/')))
    stage.fake.faults.add({ endpoint: 'token', fault: { type: 'override', fields: { expires_in: 1 } } })
    await browser.page(await stage.fake.approve(locationOf(begun)))
    await stage.fake.uninstall()
    expect(locationOf(await browser.page('/'))).toMatch(/\/install\?returnTo=%2F$/)
  })
})

test('F32 no token is in the browser, in the database, or in what the program says', async () => {
  const stage = await setStage()
  const app = await stage.app()
  const browser = stage.browser()
  const begun = await browser.page(locationOf(await browser.page('/')))
  const callback = await stage.fake.approve(locationOf(begun))
  const back = await browser.page(callback)
  expect((await browser.page('/')).status).toBe(200)
  const [installation] = stage.fake.installations()
  const secrets = [
    ...(installation?.accessTokens ?? []),
    installation?.refreshToken ?? '',
    new URL(callback).searchParams.get('code') ?? '',
    stage.fake.app.clientSecret,
  ]
  expect(secrets.length).toBeGreaterThanOrEqual(4)
  const cookies = back.headers.getSetCookie().join()
  const decoded = Buffer.from(cookies, 'base64').toString('latin1')
  for (const secret of secrets) {
    expect(secret).not.toBe('')
    expect(cookies + decoded + stage.written() + app.output).not.toContain(secret)
  }
})

test('without its settings it ends at once and names them all', async () => {
  const app = new Program(fileURLToPath(new URL('../src/main.ts', import.meta.url)), {})
  expect(await app.ended()).toBe(1)
  for (const name of ['PIPEDRIVE_CLIENT_ID', 'PIPEDRIVE_CLIENT_SECRET', 'PD_OAUTH_SECRETS'])
    expect(app.output).toContain(name)
})

test('a port that is taken, or none, ends it with a sentence', async () => {
  const stage = await setStage()
  const other = createServer().listen(0)
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const app = stage.program({ PORT: String(port) })
  expect([await app.ended(), app.output]).toEqual([
    1,
    expect.stringMatching(/^The server cannot listen on port \d+/),
  ])
  const unusable = stage.program({ PORT: 'abc' })
  expect([await unusable.ended(), unusable.output]).toEqual([1, expect.stringContaining('PORT must be')])
})
