import { describe, expect, test } from 'vitest'
import { recordedFetch } from '../../flow/recorded-fetch.ts'
import { ada, createScene, failure, hour, rejection, second } from '../../flow/scene.ts'

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

  const storage = 'https://files.example/1'
  const back = `https://acme.pipedrive.com/api/v2/elsewhere`

  /** A scene in which redirects lead along a chain, whose last answer is this one. */
  const createChainScene = async (chain: readonly string[], status: number) => {
    const asked: string[] = []
    const answer = (url: string) => {
      asked.push(url)
      const location = chain[chain.indexOf(url) + 1]
      return location === undefined
        ? new Response('no', { status, headers: { 'retry-after': '1' } })
        : new Response(null, { status: 302, headers: { location } })
    }
    const scene = createScene()
    const served: typeof fetch = async (input, init) => {
      const url = String(input)
      return chain.includes(url) || url.endsWith(deals) ? answer(url) : scene.fake.fetch(input, init)
    }
    const oauth = scene.client({ fetch: served })
    await scene.connect(oauth)
    return { ...scene, asked, installation: oauth.installation(ada) }
  }

  test.each([
    ['another host', [storage]],
    ['another host by way of the API', [back, storage]],
    ['the API by way of another host, without the token', [storage, back]],
  ])('to %s that answers 401 costs no refresh, and a 429 from there no wait', async (_, chain) => {
    for (const status of [401, 429]) {
      const { asked, heard, installation, refreshes } = await createChainScene(chain, status)
      const response = await installation.fetch(deals)
      expect([response.status, await response.text()]).toEqual([status, 'no'])
      expect([refreshes(), asked.length]).toEqual([0, chain.length + 1])
      expect(heard.filter(({ type }) => type === 'rate_limited')).toEqual([])
    }
  })

  test('to the API that answers 401 costs one refresh, and a 429 from there is waited out', async () => {
    const rejected = await createChainScene([back], 401)
    expect((await rejected.installation.fetch(deals)).status).toBe(401)
    expect([rejected.refreshes(), rejected.asked.length]).toEqual([1, 4])
    const limited = await createChainScene([back], 429)
    const asked = limited.installation.fetch(deals)
    await limited.clock.advance(hour)
    expect((await asked).status).toBe(429)
    expect(limited.asked.length).toBeGreaterThan(2)
  })
})

test('a 401 is not left unread if the refresh fails', async () => {
  const scene = createScene()
  let cancelled = 0
  const rejected: typeof fetch = async (input, init) => {
    if (!String(input).endsWith(deals)) return scene.fake.fetch(input, init)
    return new Response(new ReadableStream({ cancel: () => void (cancelled += 1) }), { status: 401 })
  }
  const oauth = scene.client({ fetch: rejected })
  await scene.connect(oauth)
  await scene.fake.uninstall()
  const installation = oauth.installation(ada)
  expect(await failure(installation.fetch(deals))).toBe('reauthorization_required')
  expect(cancelled).toBe(1)
})

test('a 401 whose body breaks off is still followed by a refresh', async () => {
  const scene = createScene()
  let isFirst = true
  const broken: typeof fetch = async (input, init) => {
    if (!String(input).endsWith(deals) || !isFirst) return scene.fake.fetch(input, init)
    isFirst = false
    const body = new ReadableStream({ start: (stream) => stream.error(new Error('read ECONNRESET')) })
    return new Response(body, { status: 401 })
  }
  const oauth = scene.client({ fetch: broken })
  await scene.connect(oauth)
  expect((await oauth.installation(ada).fetch(deals)).status).toBe(200)
  expect(scene.refreshes()).toBe(1)
})
