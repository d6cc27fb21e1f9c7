/** Runs the program of docs/coming-from/official-sdk-cookie.md, exactly as printed, for a browser that used the original. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pathToFileURL, fileURLToPath } from 'node:url'
import { PipedriveOAuth } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
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

/** A browser that connected with the original, and the moved application at the same address. */
async function moveOver(
  name: string,
  prepare: (stage: Awaited<ReturnType<typeof setStage>>) => void = () => {},
) {
  const stage = await setStage()
  const original = await stage.original()
  const browser = stage.browser()
  const before = await dealsIn(await visit(stage, browser))
  await original.kill()
  prepare(stage)
  const driver = nodeSqliteDriver(stage.environment.DATABASE)
  onTestFinished(() => driver.close())
  const store = sqlStore(driver)
  await store.createTable()
  const oauth = new PipedriveOAuth({
    clientId: stage.environment.PIPEDRIVE_CLIENT_ID,
    clientSecret: stage.environment.PIPEDRIVE_CLIENT_SECRET,
    redirectUri: stage.redirectUri,
    secrets: [stage.environment.PD_OAUTH_SECRETS],
    endpoints: { oauth: stage.origin, api: stage.origin },
    store,
    logger: false,
  })
  const createApp = await printedApp(name)
  const server = createServer(createApp(oauth)).listen(Number(new URL(stage.redirectUri).port))
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await oauth.settled()
  })
  return { stage, browser, before, oauth }
}

const consents = ({ fake }: Awaited<ReturnType<typeof setStage>>) =>
  fake.tokenRequests({ grantType: 'authorization_code' }).length

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
