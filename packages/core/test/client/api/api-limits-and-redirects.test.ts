import { describe, expect, test } from 'vitest'
import { recordedFetch } from '../../flow/recorded-fetch.ts'
import { ada, createScene, hour, rejection, second } from '../../flow/scene.ts'

const deals = '/api/v2/deals'

async function createApiScene(policy = {}, appFetch?: (request: Request) => Promise<Response>) {
  const scene = createScene({ appFetch })
  const recorded = recordedFetch(scene.fake.fetch)
  const oauth = scene.client({ fetch: recorded.fetch, policy })
  await scene.connect(oauth)
  scene.fake.clearCalls()
  recorded.sent.length = 0
  return { ...scene, installation: oauth.installation(ada), sent: recorded.sent }
}

describe('a 429 of the burst limit', () => {
  test('is waited out for as long as Pipedrive says', async () => {
    const { clock, fake, installation, refreshes } = await createApiScene()
    // Asking who the user is was the first request of this window.
    fake.setBurstLimit('acme', 3)
    await installation.fetch(deals)
    await installation.fetch(deals)
    const third = installation.fetch(deals)
    await clock.advance(2 * second - 1)
    expect(fake.calls.length).toBe(3)
    await clock.advance(1)
    expect((await third).status).toBe(200)
    expect([fake.calls.length, refreshes()]).toEqual([4, 0])
  })

  test('is waited out for as long as Retry-After says, if it is there', async () => {
    const { clock, fake, installation } = await createApiScene()
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 7 } })
    const asked = installation.fetch(deals)
    await clock.advance(7 * second - 1)
    expect(fake.calls.length).toBe(1)
    await clock.advance(1)
    expect((await asked).status).toBe(200)
  })

  test('is waited out for one window if no header says how long', async () => {
    const { clock, fake, installation } = await createApiScene()
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited' } })
    const asked = installation.fetch(deals)
    await clock.advance(2 * second)
    expect((await asked).status).toBe(200)
  })

  test.each([{ 'retry-after': '0' }, { 'x-ratelimit-reset': '0' }])(
    'is waited out for 100 ms even if its header says "at once": %o',
    async (headers) => {
      const { clock, fake, installation } = await createApiScene()
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 429, headers }, times: 99 })
      const asked = installation.fetch(deals)
      await clock.advance(second)
      expect(fake.calls.length).toBeLessThanOrEqual(11)
      fake.faults.clear()
      await clock.advance(second)
      expect((await asked).status).toBe(200)
    },
  )

  test('is returned if the wait would take longer than rateLimitWaitMs', async () => {
    const { fake, installation } = await createApiScene({ rateLimitWaitMs: 5 * second })
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 6 } })
    const response = await installation.fetch(deals)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '6'])
    expect(await response.json()).toMatchObject({ errorCode: 429 })
  })

  test('is returned once all waits together have used up rateLimitWaitMs', async () => {
    const { clock, fake, installation } = await createApiScene({ rateLimitWaitMs: 5 * second })
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 2 }, times: 99 })
    const asked = installation.fetch(deals)
    await clock.advance(5 * second)
    expect((await asked).status).toBe(429)
    expect(fake.calls.length).toBe(3)
  })

  test('shares one rateLimitWaitMs with the request that follows a 401', async () => {
    const { clock, fake, installation } = await createApiScene({ rateLimitWaitMs: 5 * second })
    const limited = { endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 4 } } as const
    fake.faults.add(limited)
    fake.faults.add({ endpoint: 'api', fault: { type: 'status', status: 401 } })
    fake.faults.add(limited)
    const asked = installation.fetch(deals)
    await clock.advance(5 * second)
    expect((await asked).status).toBe(429)
  })

  test('is returned at once if rateLimitWaitMs is 0 or the body is a stream', async () => {
    const { fake, installation } = await createApiScene({ rateLimitWaitMs: 0 })
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited' } })
    expect((await installation.fetch(deals)).status).toBe(429)

    const other = await createApiScene()
    other.fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited' } })
    const body = new Blob(['{"title":"x"}']).stream()
    expect((await other.installation.fetch(deals, { method: 'POST', body })).status).toBe(429)
  })

  test('is no longer waited out once the signal aborts', async () => {
    const { clock, fake, installation } = await createApiScene()
    fake.faults.add({ endpoint: 'api', fault: { type: 'rate_limited', retryAfterSeconds: 8 } })
    const leaving = new AbortController()
    const left = rejection(installation.fetch(deals, { signal: leaving.signal }))
    await clock.advance(second)
    const reason = new Error('gone')
    leaving.abort(reason)
    expect(await left).toBe(reason)
    await clock.advance(10 * second)
    expect(fake.calls.length).toBe(1)
  })
})

test('a 429 of the daily budget is returned at once, because waiting does not help', async () => {
  const { fake, installation } = await createApiScene()
  fake.setDailyBudget('acme', 5)
  const response = await installation.fetch(deals)
  expect([response.status, response.headers.get('x-daily-ratelimit-token-remaining')]).toEqual([429, '0'])
  expect(fake.calls.length).toBe(1)
})

describe('a redirect', () => {
  const createRedirectScene = async (status: number, location: string, policy = {}) => {
    const asked: Request[] = []
    const scene = await createApiScene(policy, async (request) => {
      asked.push(request.clone())
      return new Response('elsewhere')
    })
    scene.fake.faults.add({
      endpoint: 'api',
      path: deals,
      fault: { type: 'status', status, headers: { location } },
    })
    return { ...scene, asked }
  }

  test.each([301, 302, 307, 308])('of %i on the same host keeps the bearer token', async (status) => {
    const { installation, sent } = await createRedirectScene(status, '/api/v1/users/me')
    const response = await installation.fetch(deals)
    expect(await response.json()).toMatchObject({ data: { id: 11 } })
    expect(sent.map(({ headers }) => headers.has('authorization'))).toEqual([true, true])
  })

  test.each([
    'https://files.example/x',
    '//files.example/x',
    'http://acme.pipedrive.com/x',
    'https://globex.pipedrive.com/x',
  ])('to %s, another origin, loses the bearer token', async (location) => {
    const { installation, sent } = await createRedirectScene(302, location)
    await installation.fetch(deals, { headers: { 'x-api-token': 'mine', 'x-kept': '1' } }).catch(() => {})
    const [, last] = sent
    expect(last?.headers.get('authorization')).toBeNull()
    expect([last?.headers.get('x-api-token'), last?.headers.get('x-kept')]).toEqual([null, '1'])
  })

  test.each(['https://', 'https://[x', 'http://acme.pipedrive.com:99999/'])(
    'to %s, which is no address, is an error that says so',
    async (location) => {
      const { installation, sent } = await createRedirectScene(302, location)
      const error = await rejection(installation.fetch(deals))
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(
        'The API answered with a redirect (302) to something that is no address',
      )
      expect(sent.length).toBe(1)
    },
  )

  test('is returned to a caller who asked for redirect: manual', async () => {
    const { installation, sent } = await createRedirectScene(302, 'https://files.example/x')
    const response = await installation.fetch(deals, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://files.example/x'])
    expect(sent.length).toBe(1)
  })

  test('is an error for a caller who asked for redirect: error', async () => {
    const { installation, sent } = await createRedirectScene(302, '/api/v1/users/me')
    const request = new Request(`https://acme.pipedrive.com${deals}`, { redirect: 'error' })
    expect(await rejection(installation.fetch(request))).toBeInstanceOf(TypeError)
    expect(sent.length).toBe(1)
  })

  test.each([
    [303, 'PUT', 'GET'],
    [302, 'POST', 'GET'],
    [301, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'PUT', 'PUT'],
    [302, 'PUT', 'PUT'],
  ])('of %i turns %s into %s', async (status, method, next) => {
    const { fake, installation, sent } = await createRedirectScene(status, '/api/v2/elsewhere')
    fake.faults.add({ endpoint: 'api', path: '/api/v2/elsewhere', fault: { type: 'empty' } })
    const headers = { 'content-type': 'application/json' }
    await installation.fetch(deals, { method, headers, body: '{}' })
    expect(sent.map((one) => one.method)).toEqual([method, next])
    expect(sent[1]?.headers.has('content-type')).toBe(next !== 'GET')
  })

  test('that never ends is an error after a few hops', async () => {
    const { fake, installation, sent } = await createRedirectScene(302, deals)
    fake.faults.add({
      endpoint: 'api',
      fault: { type: 'status', status: 302, headers: { location: deals } },
      times: 99,
    })
    expect(await rejection(installation.fetch(deals))).toBeInstanceOf(TypeError)
    expect(sent.length).toBeLessThan(10)
  })

  test('is returned if the body is a stream, which cannot be sent again', async () => {
    const { installation, sent } = await createRedirectScene(307, '/api/v2/elsewhere')
    const body = new Blob(['{}']).stream()
    expect((await installation.fetch(deals, { method: 'POST', body })).status).toBe(307)
    expect(sent.length).toBe(1)
  })

  test('without a location is returned like any other answer, and so is a 304', async () => {
    const { fake, installation } = await createApiScene()
    for (const status of [302, 304]) {
      fake.faults.add({ endpoint: 'api', fault: { type: 'status', status } })
      expect((await installation.fetch(deals)).status).toBe(status)
    }
  })

  test('is followed again with a new token if its target answers 401', async () => {
    const { clock, fake, installation, refreshes } = await createRedirectScene(307, '/api/v1/users/me')
    await clock.advance(hour / 2)
    fake.killAccessTokens()
    fake.faults.add({
      endpoint: 'api',
      path: deals,
      fault: { type: 'status', status: 307, headers: { location: '/api/v1/users/me' } },
    })
    expect((await installation.fetch(deals)).status).toBe(200)
    expect(refreshes()).toBe(1)
  })
})
