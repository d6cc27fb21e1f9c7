import { expect, test } from 'vitest'
import {
  createFakePipedrive,
  manualClock,
  type FakePipedriveOptions,
  type Installation,
} from '../src/index.ts'
import { createTestClient, jsonOf } from './test-client.ts'

const anHourMs = 60 * 60_000

/** Creates a fake with the installations of another one, which go through JSON as they would through a file. */
function successorOf(fake: { installations(): readonly Installation[] }, options: FakePipedriveOptions) {
  const kept = JSON.parse(JSON.stringify(fake.installations())) as Installation[]
  const successor = createFakePipedrive({ ...options, installations: kept })
  return { fake: successor, client: createTestClient(successor) }
}

test('a fake shows the installations that it was given', async () => {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, seed: 1 })
  const client = createTestClient(fake)
  const ada = await client.install('1001:11')
  await clock.advance(1_000)
  await client.refresh(ada.refresh_token)
  await client.install('1002:13')
  const successor = successorOf(fake, { clock, seed: 1 })
  expect(successor.fake.installations()).toEqual(fake.installations())
  expect(successor.fake.installations()).toHaveLength(2)
})

test('restored access tokens stay valid until they expire', async () => {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock })
  const ada = await createTestClient(fake).install('1001:11')
  await clock.advance(anHourMs - 1)
  const successor = successorOf(fake, { clock })
  expect(await jsonOf(successor.client.api(ada, '/api/v1/users/me'))).toMatchObject({ data: { id: 11 } })
  await clock.advance(1)
  expect((await successor.client.api(ada, '/api/v1/users/me')).status).toBe(401)
})

test.each([false, true])('restored refresh tokens work, rotating: %s', async (rotateRefreshTokens) => {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, rotateRefreshTokens, seed: 7 })
  const ada = await createTestClient(fake).install('1001:11')
  await clock.advance(1_000)
  const { fake: successor, client } = successorOf(fake, { clock, rotateRefreshTokens, seed: 7 })
  const refreshed = await jsonOf(client.refresh(ada.refresh_token))
  expect(refreshed).toMatchObject({ api_domain: ada.api_domain, scope: 'base,deals:full' })
  expect(refreshed['access_token']).not.toBe(ada.access_token)
  expect(refreshed['refresh_token'] === ada.refresh_token).toBe(!rotateRefreshTokens)
  expect(successor.serverAccepts(ada.refresh_token)).toBe(!rotateRefreshTokens)
  expect(successor.installations()[0]).toMatchObject({
    refreshedAt: clock.now(),
    installedAt: clock.now() - 1_000,
  })
})

test('a restored refresh token expires at its own time', async () => {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock })
  const ada = await createTestClient(fake).install('1001:11')
  await clock.advance(60 * 24 * anHourMs)
  const { client } = successorOf(fake, { clock })
  expect(await jsonOf(client.refresh(ada.refresh_token))).toMatchObject({ error: 'invalid_grant' })
})

test('a restored installation can be uninstalled', async () => {
  const fake = createFakePipedrive()
  const ada = await createTestClient(fake).install('1001:11')
  const { fake: successor, client } = successorOf(fake, {})
  await successor.uninstall('1001:11')
  expect(successor.installations()).toEqual([])
  expect((await client.api(ada, '/api/v1/users/me')).status).toBe(401)
})

test('an installation of an unknown user and two of one user are refused', async () => {
  const fake = createFakePipedrive()
  await createTestClient(fake).install('1001:11')
  const [ada] = fake.installations() as [Installation]
  expect(() => successorOf(fake, { users: [{ id: 5, companyId: 42 }] })).toThrow('has no user 1001:11')
  expect(() => createFakePipedrive({ installations: [ada, ada] })).toThrow('two installations of 1001:11')
})

test('onInstallationsChange is called with every change before the response', async () => {
  let heard: readonly Installation[] = []
  const fake = createFakePipedrive({ onInstallationsChange: (now) => (heard = now) })
  const client = createTestClient(fake)
  const liveTokens = () => {
    expect(heard).toEqual(fake.installations())
    return heard.map(({ accessTokens }) => accessTokens.length)
  }
  const { access_token, refresh_token } = await client.install()
  expect(liveTokens()).toEqual([1])
  await client.refresh(refresh_token)
  expect(liveTokens()).toEqual([2])
  await client.revoke({ token: access_token })
  expect(liveTokens()).toEqual([1])
  fake.expireAccessTokens()
  expect(liveTokens()).toEqual([0])
  await client.refresh(refresh_token)
  expect(liveTokens()).toEqual([1])
  fake.killAccessTokens('1001:11')
  expect(liveTokens()).toEqual([0])
  await fake.uninstall()
  expect(liveTokens()).toEqual([])
})

test('onInstallationsChange is not called for the installations that a fake begins with', async () => {
  const fake = createFakePipedrive()
  await createTestClient(fake).install()
  const heard: unknown[] = []
  successorOf(fake, { onInstallationsChange: (now) => heard.push(now) })
  expect(heard).toEqual([])
})
