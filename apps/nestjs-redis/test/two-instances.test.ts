import { createFakePipedrive } from '@pd/fake-pipedrive'
import { Browser, connect, drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import { startRedis } from '@pd/test-support/redis'
import { expect, test } from 'vitest'
import { startInstance } from './instance.ts'

/** A fake Pipedrive, a Redis of its own, and two processes of the application over it. */
async function createScene() {
  const resources = new AsyncDisposableStack()
  const fake = resources.use(
    createFakePipedrive({ redirectUri, rotateRefreshTokens: true, reuseDetection: true }),
  )
  const redis = resources.use(await startRedis())
  const { origin } = await fake.listen()
  const environment = {
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    PIPEDRIVE_ORIGIN: origin,
    PIPEDRIVE_CLIENT_ID: fake.app.clientId,
    PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
    PIPEDRIVE_REDIRECT_URI: redirectUri,
    PD_OAUTH_SECRETS: 'only-for-tests-0123456789-0123456789',
  }
  const [a, b] = await Promise.all([startInstance(environment), startInstance(environment)])
  resources.use(a)
  resources.use(b)
  const browser = new Browser(a.origin, new URL(redirectUri).origin)
  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' })
  return {
    fake,
    redis,
    a,
    b,
    browser,
    elsewhere: browser.at(b.origin),
    refreshes,
    environment,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

test('F02 connected through A, read through both: 100 requests on an expired token are one token request', async () => {
  await using scene = await createScene()
  const journey = await drive(scene.fake, [scene.a.origin, scene.b.origin], { callers: 100 })
  expect(journey).toEqual(expectedJourney(journey.deals))
  expect(journey.deals).toBeGreaterThan(0)
  expect(scene.a.output()).toContain('has removed the app (1001:11)')
})

test('connected through A, B reads; removed through A, B refuses', async () => {
  await using scene = await createScene()
  const { fake, browser, elsewhere } = scene
  await connect(fake, browser, { expiresIn: 3_600 })
  const response = await elsewhere.data('/deals')
  expect([response.status, (await response.json()).deals.length > 0]).toEqual([200, true])
  expect(await (await elsewhere.data('/health')).json()).toMatchObject({
    status: 'ok',
    details: { pipedrive: { status: 'up', attention: 0, unsaved: 0 } },
  })

  const { request } = await fake.uninstall()
  const notice = await browser.send(request.url, {
    method: 'DELETE',
    headers: request.headers,
    body: await request.text(),
  })
  expect(notice.status).toBe(200)
  // B may serve from memory for `cacheMs` after its last look at the record.
  await expect.poll(async () => (await elsewhere.data('/deals')).status).toBe(401)
  expect(await (await elsewhere.data('/deals')).json()).toMatchObject({ code: 'not_signed_in' })
})

test('F10 an instance that is told to end first saves the refresh it has begun, and B goes on with it', async () => {
  await using scene = await createScene()
  const { fake, a, browser, elsewhere, refreshes } = scene
  await connect(fake, browser, { expiresIn: 1 })
  const gate = fake.faults.hold({ endpoint: 'token', grantType: 'refresh_token', when: 'after' })
  const asked = browser.data('/deals').then(({ status }) => status)
  await gate.reached
  const ended = a.stop()
  gate.release()
  expect(await asked).toBe(200)
  await ended
  expect((await elsewhere.data('/deals')).status).toBe(200)
  expect(refreshes().length).toBe(1)
})

test('F34 while Redis is away an instance refuses with 503 and is unhealthy; when it is back, all is well', async () => {
  await using scene = await createScene()
  const { fake, redis, browser, elsewhere } = scene
  await connect(fake, browser, { expiresIn: 3_600 })
  await redis.kill()
  const statusOf = async (path: string) => (await elsewhere.data(path)).status
  expect([await statusOf('/deals'), await statusOf('/health')]).toEqual([503, 503])
  // This Redis kept nothing on disk: it comes back empty, and says so instead of serving anybody.
  await redis.start()
  await expect.poll(() => statusOf('/health')).toBe(200)
  expect(await statusOf('/deals')).toBe(401)
})

test('nothing starts without its settings, and each that is missing is named', async () => {
  const nothing = { PIPEDRIVE_CLIENT_ID: '', PIPEDRIVE_CLIENT_SECRET: '', PD_OAUTH_SECRETS: '' }
  const problem = await startInstance(nothing).catch(String)
  for (const name of ['clientId', 'clientSecret', 'secrets']) expect(problem).toContain(`- ${name} must`)
})
