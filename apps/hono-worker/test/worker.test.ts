import { readFile } from 'node:fs/promises'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { migrations, sqlStore } from '@pd/oauth-sql'
import { d1Driver } from '@pd/oauth-sql/d1'
import { ageTokens, Browser, connect, drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { expect, test } from 'vitest'
import { startWorkers, wranglerConfiguration } from './workerd.ts'

const secrets = ['newest-for-tests-0123456789-0123456789', 'older-for-tests-0123456789-0123456789']

/** Starts a fake Pipedrive on a socket, and the Worker in two isolates that talk to it. */
async function createScene() {
  const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true })
  const { origin } = await fake.listen()
  const { clientId, clientSecret } = fake.app
  const workers = await startWorkers({
    PIPEDRIVE_CLIENT_ID: clientId,
    PIPEDRIVE_CLIENT_SECRET: clientSecret,
    PIPEDRIVE_REDIRECT_URI: redirectUri,
    PIPEDRIVE_ORIGIN: origin,
    PD_OAUTH_SECRETS: secrets.join(),
  })
  const [one, two] = workers.origins.map((at) => new Browser(at, new URL(redirectUri).origin))
  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' })
  const close = async () => {
    await workers[Symbol.asyncDispose]()
    await fake.close()
  }
  const { origins, database } = workers
  return {
    fake,
    pipedrive: origin,
    one: one!,
    two: two!,
    origins,
    database,
    refreshes,
    [Symbol.asyncDispose]: close,
  }
}

test('F02 twenty requests on an expired token make one token request in workerd', async () => {
  await using scene = await createScene()
  const journey = await drive(scene.fake, scene.origins.slice(0, 1))
  expect(journey).toEqual(expectedJourney(journey.deals))
  expect(journey.deals).toBeGreaterThan(0)
})

test('F02 two isolates over one D1 database make one token request', async () => {
  await using scene = await createScene()
  const journey = await drive(scene.fake, scene.origins)
  expect(journey).toEqual(expectedJourney(journey.deals))
})

test('a background refresh outlives the response of the request that began it', async () => {
  await using scene = await createScene()
  const { fake, one, refreshes } = scene
  await connect(fake, one, { expiresIn: 3_600 })
  await ageTokens(fake, { origin: scene.pipedrive, store: sqlStore(d1Driver(scene.database)), secrets })
  const gate = fake.faults.hold({ endpoint: 'token' })
  let isRefreshing = false
  void gate.reached.then(() => (isRefreshing = true))

  // The isolate believes its memory for some seconds.
  const answered = async () => {
    const response = await one.data('/deals')
    expect([response.status, await response.json()]).toMatchObject([200, { deals: expect.any(Array) }])
    return isRefreshing
  }
  await expect.poll(answered, { interval: 200 }).toBe(true)
  expect((await one.data('/status').then((status) => status.json())).refreshes).toBe(0)
  gate.release()

  await expect.poll(async () => (await (await one.data('/status')).json()).refreshes).toBe(1)
  expect(refreshes()).toMatchObject([{ status: 200, abandoned: false }])
})

test('F10 a refresh continues for other requests when the request that began it is aborted', async () => {
  await using scene = await createScene()
  const { fake, one, two, refreshes } = scene
  await connect(fake, one, { expiresIn: 1 })
  const gate = fake.faults.hold({ endpoint: 'token' })
  const leaving = new AbortController()

  const left = one.send('/deals', { signal: leaving.signal })
  await gate.reached
  const stays = [one.data('/deals'), one.data('/deals'), one.data('/deals')]
  leaving.abort()
  await expect(left).rejects.toThrow()
  // Once the Worker has answered other requests, it has seen the end of that connection.
  for (let page = 0; page < 5; page++) expect((await one.page('/')).status).toBe(200)
  gate.release()

  expect((await Promise.all(stays)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(refreshes()).toMatchObject([{ status: 200, abandoned: false }])
  expect((await two.data('/deals')).status).toBe(401)
})

test('wrangler.jsonc and migrations/ have the compatibility date and the table of the tests', async () => {
  expect(await wranglerConfiguration()).toMatchObject({ compatibility_date: '2026-07-01' })
  for (const { name, sql } of migrations({ dialect: 'sqlite' }))
    expect(await readFile(new URL(`../migrations/${name}.sql`, import.meta.url), 'utf8')).toBe(sql)
})
