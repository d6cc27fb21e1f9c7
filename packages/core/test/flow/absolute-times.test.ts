import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { type Clock } from '../../src/adapter.ts'
import { ada, createScene, day, hour, minute, second } from './scene.ts'

/** Returns a token response as an older system may have stored it. */
const kept = (fake: ReturnType<typeof createScene>['fake']) => {
  const { refreshToken, accessTokens } = fake.installations()[0]!
  return {
    access_token: accessTokens[0],
    token_type: 'Bearer',
    expires_in: 3599,
    refresh_token: refreshToken,
    scope: 'base,deals:full',
    api_domain: 'https://acme.pipedrive.com',
  }
}

test('F12 a token response that was stored long ago does not count as new when it is adopted', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  await connect(client())
  const response = kept(fake)
  const obtainedAt = clock.now()
  await clock.advance(59 * minute + 45 * second)

  const oauth = client({ store: memoryStore() })
  await oauth.adopt(response, { obtainedAt, account: { companyId: 1001, userId: 11 } })
  expect((await oauth.installation(ada).describe())?.accessTokenExpiresAt).toBe(obtainedAt + 3599 * second)
  expect(await oauth.installation(ada).accessToken()).not.toBe(response.access_token)
  expect(refreshes()).toBe(1)
})

test('F12 the 60 days of a refresh token count from its last use, also after adoption', async () => {
  const { clock, client, connect, fake } = createScene()
  await connect(client())
  const response = kept(fake)
  const obtainedAt = clock.now()
  await clock.advance(50 * day)

  const oauth = client({ store: memoryStore() })
  await oauth.adopt(response, { obtainedAt, account: { companyId: 1001, userId: 11 } })
  expect((await oauth.installation(ada).describe())?.refreshTokenExpiresAt).toBe(obtainedAt + 60 * day)
  expect((await oauth.keepAlive()).refreshed).toBe(1)
})

test('F12 a new client over the same store sees the same instants', async () => {
  const { clock, client, connect, refreshes } = createScene()
  await connect(client())
  const before = await client().installation(ada).describe()
  await clock.advance(50 * minute)
  expect(await client().installation(ada).describe()).toEqual(before)
  expect(before?.accessTokenExpiresAt).toBe(clock.now() - 50 * minute + 3599 * second)

  await client().installation(ada).accessToken()
  expect(refreshes()).toBe(0)
  await clock.advance(9 * minute + 45 * second)
  await client().installation(ada).accessToken()
  expect(refreshes()).toBe(1)
})

test('F12 an expiry counts from the request, not from its slow answer', async () => {
  const { clock, client, connect, fake } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(2 * hour)
  const askedAt = clock.now()
  fake.faults.add({ endpoint: 'token', fault: { type: 'slow', delayMs: 9 * second, when: 'after' } })

  const asked = oauth.installation(ada).accessToken()
  await clock.advance(10 * second)
  await asked
  expect((await oauth.installation(ada).describe())?.accessTokenExpiresAt).toBe(askedAt + 3599 * second)
})

describe('F13 expires_in', () => {
  const lifetimeFor = async (expiresIn: unknown) => {
    const { clock, client, connect, fake } = createScene()
    const fault =
      expiresIn === undefined
        ? ({ type: 'omit', fields: ['expires_in'] } as const)
        : ({ type: 'override', fields: { expires_in: expiresIn } } as const)
    fake.faults.add({ endpoint: 'token', fault })
    const oauth = client()
    await connect(oauth)
    return (await oauth.installation(ada).describe())!.accessTokenExpiresAt! - clock.now()
  }

  test.each([
    ['missing', undefined],
    ['null', null],
    ['negative', -5],
    ['a negative string', '-5'],
    ['a word', 'soon'],
    ['an empty string', ''],
    ['an object', { seconds: 60 }],
    ['true', true],
  ])('F13 that is %s means the default of an hour', async (_, value) => {
    expect(await lifetimeFor(value)).toBe(hour)
  })

  test.each([
    ['a number', 1799, 1799 * second],
    ['a numeric string', '3599', 3599 * second],
    ['a fraction', 0.5, 500],
    ['zero', 0, 0],
    ['a zero string', '0', 0],
    ['a day', 86_400, day],
  ])('F13 that is %s counts, up to a day', async (_, value, expected) => {
    expect(await lifetimeFor(value)).toBe(expected)
  })
})

test('F50 an expires_in that is an instant, or another unit, is believed for an hour and not for a year', async () => {
  for (const value of [1_767_600_000, 3_600_000, '1767600000000', 1e300]) {
    const { client, connect, fake, refreshes, clock } = createScene()
    fake.faults.add({ endpoint: 'token', fault: { type: 'override', fields: { expires_in: value } } })
    const oauth = client()
    await connect(oauth)
    await clock.advance(2 * hour)
    expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
    expect(refreshes()).toBe(1)
  }
})

test('F13 a token with an expires_in of zero has expired, and each call refreshes it once', async () => {
  const { client, connect, fake, refreshes } = createScene()
  const zero = { type: 'override', fields: { expires_in: 0 } } as const
  fake.faults.add({ endpoint: 'token', fault: zero, times: 4 })
  const oauth = client()
  await connect(oauth)

  const first = await oauth.installation(ada).accessToken()
  expect([refreshes(), fake.serverAccepts(first)]).toEqual([1, true])
  expect(await oauth.installation(ada).accessToken()).not.toBe(first)
  expect(refreshes()).toBe(2)
})

test('F14 nothing sleeps while no caller waits, and nothing sleeps for long', async () => {
  const { clock, client, connect, fake } = createScene()
  fake.faults.add({ endpoint: 'token', fault: { type: 'override', fields: { expires_in: 5_184_000 } } })
  const longest: number[] = []
  let sleeping = 0
  const watched: Required<Clock> = {
    now: () => clock.now(),
    async sleep(ms, signal) {
      longest.push(ms)
      sleeping += 1
      await clock.sleep(ms, signal).finally(() => (sleeping -= 1))
    },
  }
  const oauth = client({ clock: watched })
  await connect(oauth)
  await oauth.installation(ada).accessToken()
  await oauth.installation(ada).fetch('/api/v2/deals')
  await clock.advance(second)
  await oauth.keepAlive({ withinMs: 90 * day })
  await clock.advance(0)

  expect(sleeping).toBe(0)
  expect(Math.max(...longest)).toBeLessThanOrEqual(oauth.policy.waitMs)
})

test('F14 after 60 days without a timer the next call decides what is due', async () => {
  const { clock, client, connect, fake, refreshes } = createScene()
  const oauth = client()
  await connect(oauth)
  await clock.advance(59 * day)
  expect(fake.calls.filter((call) => call.grantType === 'refresh_token')).toEqual([])
  expect(fake.serverAccepts(await oauth.installation(ada).accessToken())).toBe(true)
  expect(refreshes()).toBe(1)
})
