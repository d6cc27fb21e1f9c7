import { manualClock } from '@pd/fake-pipedrive'
import { describe, expect, test } from 'vitest'
import type { Report } from '../../../src/client/runtime/oauth-event.ts'
import { TokenEndpoint } from '../../../src/client/tokens/token-endpoint.ts'
import type { PipedriveOAuthOptions } from '../../../src/index.ts'
import type { TokenGrant } from '../../../src/protocol/token-request.ts'
import { settingsOf } from '../settings.ts'

const grant: TokenGrant = { type: 'refresh_token', refreshToken: 'old-refresh' }
const tokens = { access_token: 'new-access', refresh_token: 'new-refresh', expires_in: 3600, scope: 'base' }

type Reply = (init: RequestInit, url: string) => Response | Promise<Response>

/** An endpoint that replies in order; the last reply stays. */
function createScene(replies: readonly Reply[], options: Partial<PipedriveOAuthOptions> = {}) {
  const clock = manualClock()
  const sent: { url: string; init: RequestInit; at: number }[] = []
  const reports: Report[] = []
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const reply = replies[Math.min(sent.length, replies.length - 1)]
    sent.push({ url: String(input), init, at: clock.now() })
    if (reply === undefined) throw new Error('no reply')
    return reply(init, String(input))
  }
  const settings = settingsOf({ clock, fetch, ...options })
  const endpoint = new TokenEndpoint({ ...settings, emit: (report) => void reports.push(report) })
  const secretsSent = () =>
    sent.map(({ init }) => atob(String(new Headers(init.headers).get('authorization')).slice(6)))
  return { clock, endpoint, sent, reports, secretsSent, settings, start: clock.now() }
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  () =>
    Response.json(body, { status, headers })
const error = (name: string, status = 400) => json({ success: false, error: name, message: 'no' }, status)
const html: Reply = () => new Response('<html>', { status: 502 })
const refused: Reply = () => Promise.reject(new TypeError('fetch failed'))
const silent: Reply = () => new Promise(() => {})

describe('TokenEndpoint', () => {
  test('posts the form to the configured origin, and follows no redirect', async () => {
    const { endpoint, sent } = createScene([json(tokens)], { endpoints: { oauth: 'http://localhost:4000' } })
    await endpoint.tokens(grant)
    expect(sent[0]?.url).toBe('http://localhost:4000/oauth/token')
    expect(sent[0]?.init).toMatchObject({
      method: 'POST',
      redirect: 'manual',
      body: 'grant_type=refresh_token&refresh_token=old-refresh',
    })
  })

  test('F12 counts the lifetime of a token from the request, not from the answer', async () => {
    const { clock, endpoint, start } = createScene([
      async () => {
        await clock.sleep(3_000)
        return Response.json(tokens)
      },
    ])
    const asking = endpoint.tokens(grant)
    await clock.advance(3_000)
    expect(await asking).toMatchObject({
      type: 'granted',
      tokens: { obtainedAt: start, expiresAt: start + 3_600_000 },
    })
  })

  test('revokes a token with one request, encodes it once, and takes 200 for success', async () => {
    const { endpoint, sent } = createScene([() => new Response(null, { status: 200 })])
    expect(await endpoint.revoke('a+b/c=', 'refresh_token')).toEqual({ type: 'revoked' })
    expect(sent.map(({ url, init }) => [new URL(url).pathname, init.body])).toEqual([
      ['/oauth/revoke', 'token=a%2Bb%2Fc%3D&token_type_hint=refresh_token'],
    ])
  })
})

describe('F15 TokenEndpoint tries again after policy.retryPauseMs when', () => {
  const passing: readonly [what: string, reply: Reply][] = [
    ['the connection fails', refused],
    ['an HTML page comes', html],
    ['a 500 comes', json({}, 500)],
    ['a 429 comes', json({}, 429)],
    ['Retry-After is no longer than the pause', json({}, 503, { 'retry-after': '0' })],
    [
      'a redirect comes',
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }),
    ],
  ]
  test.each(passing)('%s', async (_what, reply) => {
    const { clock, endpoint, sent, start } = createScene([reply, json(tokens)])
    const asking = endpoint.tokens(grant)
    await clock.advance(499)
    expect(sent).toHaveLength(1)
    await clock.advance(1)
    expect((await asking).type).toBe('granted')
    expect(sent.map(({ at }) => at - start)).toEqual([0, 500])
  })

  test('policy.requestsPerRefresh allows it, and no more often', async () => {
    const { clock, endpoint, sent } = createScene([html], {
      policy: { requestsPerRefresh: 3, requestTimeoutMs: 5_000 },
    })
    const asking = endpoint.tokens(grant)
    await clock.advance(60_000)
    expect(await asking).toMatchObject({
      type: 'failed',
      code: 'token_endpoint_unavailable',
      cause: { message: 'Pipedrive answered 502' },
    })
    expect(sent).toHaveLength(3)
  })
})

describe('TokenEndpoint does not try again when', () => {
  const final: readonly [what: string, reply: Reply, outcome: object][] = [
    [
      'F16 the grant is refused',
      error('invalid_grant'),
      { type: 'refused', cause: { message: 'Pipedrive answered 400 invalid_grant: no' } },
    ],
    [
      'F17 the client is rejected',
      error('invalid_client', 401),
      {
        type: 'failed',
        code: 'client_rejected',
        cause: { message: 'Pipedrive answered 401 invalid_client: no' },
      },
    ],
    ['the request is rejected', error('invalid_request'), { type: 'failed', code: 'request_rejected' }],
    ['the answer cannot be used', json({}), { type: 'failed', code: 'malformed_response' }],
    [
      'Retry-After asks for more than the pause',
      json({}, 503, { 'retry-after': '1' }),
      { type: 'failed', code: 'token_endpoint_unavailable', retryAfterMs: 1_000 },
    ],
  ]
  test.each(final)('%s', async (_what, reply, outcome) => {
    const { clock, endpoint, sent } = createScene([reply, json(tokens)])
    const asking = endpoint.tokens(grant)
    await clock.advance(60_000)
    expect(await asking).toMatchObject(outcome)
    expect(sent).toHaveLength(1)
  })
})

describe('TokenEndpoint keeps its time limits:', () => {
  test('F09 a request without an answer ends after requestTimeoutMs, also if fetch ignores its signal', async () => {
    const { clock, endpoint, sent } = createScene([silent], { policy: { requestsPerRefresh: 1 } })
    const asking = endpoint.tokens(grant)
    await clock.advance(9_999)
    expect(sent[0]?.init.signal?.aborted).toBe(false)
    await clock.advance(1)
    expect(await asking).toMatchObject({
      type: 'failed',
      code: 'token_endpoint_timeout',
      cause: { message: 'No answer within 10000 ms' },
    })
    expect(sent[0]?.init.signal?.aborted).toBe(true)
  })

  test('a body that never ends is part of that time', async () => {
    const endless: Reply = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
    const { clock, endpoint } = createScene([endless], { policy: { requestsPerRefresh: 1 } })
    const asking = endpoint.tokens(grant)
    await clock.advance(10_000)
    expect(await asking).toMatchObject({
      type: 'failed',
      code: 'token_endpoint_timeout',
      cause: { message: 'No answer within 10000 ms' },
    })
  })

  test('F03 no request is sent that could end at the deadline or after it', async () => {
    const { clock, endpoint, sent, start } = createScene([silent, json(tokens)])
    const asking = endpoint.tokens(grant, start + 20_500)
    await clock.advance(60_000)
    expect(await asking).toMatchObject({
      type: 'failed',
      code: 'token_endpoint_timeout',
    })
    expect(sent).toHaveLength(1)
  })

  test('the second request is sent when it ends before the deadline', async () => {
    const { clock, endpoint, sent, start } = createScene([silent, json(tokens)])
    const asking = endpoint.tokens(grant, start + 20_501)
    await clock.advance(60_000)
    expect((await asking).type).toBe('granted')
    expect(sent).toHaveLength(2)
  })

  test('nothing is sent if the deadline is too near at the start', async () => {
    const { clock, endpoint, sent, start } = createScene([json(tokens)])
    const asking = endpoint.tokens(grant, start + 10_000)
    await clock.advance(60_000)
    expect(await asking).toMatchObject({
      type: 'failed',
      code: 'token_endpoint_timeout',
    })
    expect(sent).toHaveLength(0)
  })
})

test('TokenEndpoint sends nothing when more than a lease is left: the clock was set back', async () => {
  const { clock, endpoint, sent, settings, start } = createScene([json(tokens)])
  const { leaseMs, requestsPerRefresh, retryPauseMs } = settings.policy
  const asked = endpoint.tokens(grant, start + leaseMs + requestsPerRefresh * retryPauseMs)
  await clock.advance(requestsPerRefresh * retryPauseMs)
  expect(await asked).toMatchObject({ type: 'failed', code: 'token_endpoint_timeout' })
  expect(sent).toEqual([])
  expect((await endpoint.tokens(grant, clock.now() + leaseMs)).type).toBe('granted')
})

test('TokenEndpoint compares the clock with that of the answer', async () => {
  const { clock, endpoint, settings } = createScene([json({})])
  const behind = { date: new Date(clock.now() - 3_600_000).toUTCString() }
  const { endpoint: late, settings: lateSettings } = createScene([json(tokens, 200, behind)])
  await endpoint.tokens(grant)
  await late.tokens(grant)
  expect([settings.serverClock.problem, lateSettings.serverClock.problem]).toEqual([
    undefined,
    expect.stringMatching(/^this clock is \d+ ms ahead of Pipedrive’s$/),
  ])
})

test('TokenEndpoint reads no answer of 2 MB to its end', async () => {
  let chunks = 0
  let isCancelled = false
  const flood: Reply = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          chunks++
          controller.enqueue(new Uint8Array(16 * 1024).fill(32))
          if (chunks === 128) controller.close()
        },
        cancel: () => void (isCancelled = true),
      }),
    )
  const { endpoint } = createScene([flood])
  expect(await endpoint.tokens(grant)).toMatchObject({ type: 'failed', code: 'malformed_response' })
  expect(isCancelled).toBe(true)
  expect(chunks).toBeLessThan(10)
})

describe('F17 TokenEndpoint with several client secrets', () => {
  const clientSecret = ['new', 'old', 'older']
  const onlyOld: Reply = (init) =>
    new Headers(init.headers).get('authorization') === `Basic ${btoa('a-client:old')}`
      ? Response.json(tokens)
      : Response.json({ error: 'invalid_client' }, { status: 401 })

  test('tries the others when Pipedrive rejects the current one, and says once that it is outdated', async () => {
    const { endpoint, reports, secretsSent } = createScene([onlyOld], { clientSecret })
    expect((await endpoint.tokens(grant)).type).toBe('granted')
    expect(secretsSent()).toEqual(['a-client:new', 'a-client:old'])
    expect(reports).toEqual([{ type: 'client_secret_outdated' }])
  })

  test('begins with the one that worked last', async () => {
    const { endpoint, reports, secretsSent } = createScene([onlyOld], { clientSecret })
    await endpoint.tokens(grant)
    await endpoint.tokens(grant)
    expect(secretsSent()).toEqual(['a-client:new', 'a-client:old', 'a-client:old'])
    expect(reports).toHaveLength(1)
  })

  test('returns to the current one when the old one is rejected', async () => {
    let living = 'old'
    const changing: Reply = (init) =>
      new Headers(init.headers).get('authorization') === `Basic ${btoa(`a-client:${living}`)}`
        ? Response.json(tokens)
        : Response.json({ error: 'invalid_client' }, { status: 401 })
    const { endpoint, reports, secretsSent } = createScene([changing], { clientSecret })
    await endpoint.tokens(grant)
    living = 'new'
    expect((await endpoint.tokens(grant)).type).toBe('granted')
    expect(secretsSent().slice(2)).toEqual(['a-client:old', 'a-client:older', 'a-client:new'])
    expect(reports).toHaveLength(1)
  })

  test('answers client_rejected after it tried each secret once', async () => {
    const { endpoint, secretsSent, reports } = createScene([error('invalid_client', 401)], { clientSecret })
    expect(await endpoint.tokens(grant)).toMatchObject({ type: 'failed', code: 'client_rejected' })
    expect(secretsSent()).toHaveLength(3)
    expect(reports).toEqual([])
  })

  test('takes no secret for the one that works because Pipedrive failed', async () => {
    const replies = [error('invalid_client', 401), error('invalid_request'), json(tokens)]
    const { endpoint, reports, secretsSent } = createScene(replies, { clientSecret })
    expect((await endpoint.tokens(grant)).type).toBe('failed')
    expect((await endpoint.tokens(grant)).type).toBe('granted')
    expect(secretsSent()).toEqual(['a-client:new', 'a-client:old', 'a-client:new'])
    expect(reports).toEqual([])
  })

  test('tries no other secret for any other answer', async () => {
    for (const reply of [error('invalid_grant'), error('invalid_request'), json({})]) {
      const { endpoint, sent } = createScene([reply], { clientSecret })
      await endpoint.tokens(grant)
      expect(sent).toHaveLength(1)
    }
  })
})

describe('TokenEndpoint asks who tokens belong to', () => {
  const me = json({ success: true, data: { id: 2, company_id: 1, name: 'Ada' } })

  test('with the bearer token, at the API domain', async () => {
    const { endpoint, sent } = createScene([me])
    expect(await endpoint.identity('https://acme.pipedrive.com', 'at')).toEqual({
      companyId: 1,
      userId: 2,
      userName: 'Ada',
    })
    expect(sent[0]?.url).toBe('https://acme.pipedrive.com/api/v1/users/me')
    expect(new Headers(sent[0]?.init.headers).get('authorization')).toBe('Bearer at')
    expect(sent[0]?.init.redirect).toBe('manual')
  })

  test.each([
    ['the connection fails', refused],
    ['an HTML page comes', html],
    ['an answer without ids comes', json({ success: true, data: {} })],
  ])('again when %s', async (_what, reply) => {
    const { clock, endpoint, sent } = createScene([reply, me])
    const asking = endpoint.identity('https://acme.pipedrive.com', 'at')
    await clock.advance(500)
    expect(await asking).toMatchObject({ companyId: 1, userId: 2 })
    expect(sent).toHaveLength(2)
  })

  test('at most policy.requestsPerRefresh times, and then returns what Pipedrive said', async () => {
    const { clock, endpoint, sent } = createScene([html])
    const asking = endpoint.identity('https://acme.pipedrive.com', 'at')
    await clock.advance(60_000)
    expect(await asking).toMatchObject({ message: 'Pipedrive answered 502' })
    expect(sent).toHaveLength(2)
  })
})
