import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createFakePipedrive,
  manualClock,
  type FakePipedrive,
  type Fault,
  type ManualClock,
} from '../src/index.ts'
import { createTestClient, jsonOf, type TestClient, type TokenAnswer } from './test-client.ts'

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  )

describe.each(['in process', 'over sockets'])('%s', (mode) => {
  let clock: ManualClock
  let fake: FakePipedrive
  let client: TestClient
  let tokens: TokenAnswer

  beforeEach(async () => {
    clock = manualClock()
    fake = createFakePipedrive({ clock, rotateRefreshTokens: true })
    const sockets = mode === 'over sockets'
    client = createTestClient(
      fake,
      sockets ? { fetch: globalThis.fetch, origin: (await fake.listen()).origin } : {},
    )
    tokens = await client.install()
    fake.clearCalls()
  })
  afterEach(() => fake.close())

  const refresh = (signal?: AbortSignal) => client.refresh(tokens.refresh_token, signal)
  const strike = (fault: Fault) => fake.faults.add({ endpoint: 'token', fault })
  /** Whether the server has rotated the refresh token. */
  const committed = () => !fake.serverAccepts(tokens.refresh_token)

  test('status answers once with any status and body, and the server does nothing', async () => {
    strike({ type: 'status', status: 503, body: { down: true }, headers: { 'x-edge': 'yes' } })
    const answer = await refresh()
    expect([answer.status, answer.headers.get('x-edge'), await answer.json()]).toEqual([
      503,
      'yes',
      { down: true },
    ])
    expect(committed()).toBe(false)
    expect((await refresh()).status).toBe(200)
  })

  test('status sends no body with 204', async () => {
    strike({ type: 'status', status: 204 })
    expect([(await refresh()).status, committed()]).toEqual([204, false])
  })

  test('html with a status that has no body answers without a page', async () => {
    strike({ type: 'html', status: 204 })
    const answer = await refresh()
    expect([answer.status, await answer.text()]).toEqual([204, ''])
  })

  test.each([502, 200])('html answers with a page and status %i', async (status) => {
    strike({ type: 'html', status })
    const answer = await refresh()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8'])
    expect(await answer.text()).toMatch(/^<!doctype html>/)
  })

  test('rate_limited answers 429, with retry-after if it is given', async () => {
    strike({ type: 'rate_limited', retryAfterSeconds: 7 })
    strike({ type: 'rate_limited' })
    const [first, second] = [await refresh(), await refresh()]
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7'])
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null])
  })

  test('empty answers with a good status and no body', async () => {
    strike({ type: 'empty' })
    const answer = await refresh()
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })

  test('oversized answers with two megabytes of JSON', async () => {
    strike({ type: 'oversized' })
    expect((await (await refresh()).text()).length).toBeGreaterThan(2_000_000)
  })

  test('truncated sends a complete response with half the JSON, after the server has rotated', async () => {
    strike({ type: 'truncated' })
    const answer = await refresh()
    const text = await answer.text()
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    expect(text).toMatch(/^\{"access_token":"v1u:/)
    expect(committed()).toBe(true)
  })

  test('cut sends the status and breaks the body, after the server has rotated', async () => {
    strike({ type: 'cut' })
    const answer = await refresh()
    expect(answer.status).toBe(200)
    expect(await failed(answer.text())).toMatchObject({ name: 'TypeError', message: 'terminated' })
    expect(committed()).toBe(true)
    expect(fake.calls.at(-1)).toMatchObject({ outcome: 'cut', faults: ['cut'] })
  })

  test('reset breaks the connection before the server does its work', async () => {
    strike({ type: 'reset' })
    const error = await failed(refresh())
    expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET' } })
    expect(committed()).toBe(false)
    expect(fake.calls).toMatchObject([{ outcome: 'reset' }])
  })

  test('dropAfterCommit() breaks the connection after the server has rotated', async () => {
    const fault = fake.faults.dropAfterCommit({ grantType: 'refresh_token' })
    expect(await failed(refresh())).toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(committed()).toBe(true)
    expect([fault.struck, fault.remaining]).toEqual([1, 0])
  })

  test('hang never answers, and the client gives up', async () => {
    strike({ type: 'hang' })
    const giveUp = new AbortController()
    const pending = failed(refresh(giveUp.signal))
    await expect.poll(() => fake.calls[0]?.outcome).toBe('hung')
    giveUp.abort(new Error('enough'))
    expect(await pending).toMatchObject({ message: 'enough' })
    await expect.poll(() => fake.calls[0]?.abandoned).toBe(true)
    expect(committed()).toBe(false)
  })

  test('slow delays the answer by the clock, and a client that gives up does not stop the server', async () => {
    strike({ type: 'slow', delayMs: 10_000 })
    const giveUp = new AbortController()
    const pending = failed(refresh(giveUp.signal))
    await expect.poll(() => fake.calls.length).toBe(1)
    giveUp.abort()
    await pending
    await expect.poll(() => fake.calls[0]?.abandoned).toBe(true)
    expect(committed()).toBe(false)
    await clock.advance(10_000)
    expect(committed()).toBe(true)
    expect(fake.calls[0]!.endedAt! - fake.calls[0]!.at).toBe(10_000)
  })

  test('hold stops two requests at the gate before the work, then both go through', async () => {
    const gate = fake.faults.hold({ endpoint: 'token', times: 2 })
    const pending = [refresh(), client.refresh('1:1:unknown')]
    await gate.reached
    await expect.poll(() => gate.waiting).toBe(2)
    expect(committed()).toBe(false)
    expect(fake.calls.map((call) => call.inFlight)).toEqual([1, 2])
    gate.release()
    expect((await Promise.all(pending)).map((answer) => answer.status)).toEqual([200, 400])
    expect(gate.waiting).toBe(0)
  })

  test('hold after the work keeps the answer back when the server has rotated', async () => {
    const gate = fake.faults.hold({ endpoint: 'token', when: 'after' })
    const pending = refresh()
    await gate.reached
    expect(committed()).toBe(true)
    gate.release()
    expect((await jsonOf<TokenAnswer>(pending)).refresh_token).not.toBe(tokens.refresh_token)
  })

  test('omit removes fields from a good answer', async () => {
    strike({ type: 'omit', fields: ['refresh_token', 'api_domain', 'expires_in'] })
    expect(Object.keys(await jsonOf(refresh()))).toEqual(['access_token', 'token_type', 'scope'])
  })

  test.each([['3600'], [0], [-5], [1e15], [null]])('override sets expires_in to %j', async (expires_in) => {
    strike({ type: 'override', fields: { expires_in, token_type: 'bearer' } })
    expect(await jsonOf(refresh())).toMatchObject({ expires_in, token_type: 'bearer' })
  })

  test('a list of faults wraps: the answer is late, and then the connection breaks', async () => {
    fake.faults.add({
      endpoint: 'token',
      fault: [
        { type: 'slow', delayMs: 100 },
        { type: 'reset', when: 'after' },
      ],
    })
    const pending = failed(refresh())
    await expect.poll(() => fake.calls.length).toBe(1)
    expect(committed()).toBe(false)
    await clock.advance(100)
    expect(await pending).toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(fake.calls[0]).toMatchObject({ faults: ['slow', 'reset'] })
  })
})

describe('the script', () => {
  const statusOf = async (answer: Promise<Response>) => (await answer).status

  test('lets `skip` calls pass and then strikes `times` calls', async () => {
    const fake = createFakePipedrive()
    const client = createTestClient(fake)
    const tokens = await client.install()
    fake.faults.add({ endpoint: 'api', skip: 1, times: 2, fault: { type: 'status', status: 500 } })
    const statuses: number[] = []
    for (let calls = 0; calls < 4; calls += 1)
      statuses.push(await statusOf(client.api(tokens, '/api/v1/users/me')))
    expect(statuses).toEqual([200, 500, 500, 200])
  })

  test('strikes with times: Infinity until the fault is removed or the script is cleared', async () => {
    const fake = createFakePipedrive()
    const client = createTestClient(fake)
    const plan = { endpoint: 'token', times: Infinity, fault: { type: 'empty' } } as const
    const fault = fake.faults.add(plan)
    for (let calls = 0; calls < 5; calls += 1) expect(await statusOf(client.refresh('x'))).toBe(200)
    expect(fault.struck).toBe(5)
    fault.remove()
    expect(await statusOf(client.refresh('x'))).toBe(400)
    fake.faults.add(plan)
    await client.refresh('x')
    expect(fake.faults.pending).toEqual([plan])
    fake.faults.clear()
    expect(await statusOf(client.refresh('x'))).toBe(400)
  })

  test('what is pending can be added again, to this fake and to another', () => {
    const fake = createFakePipedrive()
    fake.faults.add({
      endpoint: 'token',
      grantType: 'refresh_token',
      times: Infinity,
      fault: { type: 'hang' },
    })
    fake.faults.add({
      user: { companyId: 1001, id: 11 },
      path: /deals/,
      fault: [{ type: 'cut' }, { type: 'html' }],
    })
    fake.faults.hold({ skip: 1 })
    fake.faults.dropAfterCommit({ method: 'GET', times: 2 })
    const plans = fake.faults.pending
    for (const plan of plans) fake.faults.add(plan)
    expect(fake.faults.pending).toEqual([...plans, ...plans])
    expect(createFakePipedrive({ faults: plans }).faults.pending).toEqual(plans)
  })

  test('selects calls by endpoint, grant type, user, method and path', async () => {
    const fake = createFakePipedrive()
    const client = createTestClient(fake)
    const [acme, globex] = [await client.install('1001:13'), await client.install('1002:13')]
    const fault = { type: 'status', status: 418 } as const
    const pick = (target: object) => fake.faults.add({ ...target, fault })

    pick({ grantType: 'refresh_token', user: '1002:13' })
    expect(await statusOf(client.refresh(acme.refresh_token))).toBe(200)
    expect(await statusOf(client.refresh(globex.refresh_token))).toBe(418)

    pick({ path: '/api/v1/users/me' })
    expect(await statusOf(client.api(acme, '/api/v2/deals'))).toBe(200)
    expect(await statusOf(client.api(acme, '/api/v1/users/me'))).toBe(418)

    pick({ endpoint: 'api', method: 'DELETE', path: /deals\/\d+$/ })
    expect(await statusOf(client.api(globex, '/api/v2/deals/1'))).toBe(200)
    expect(await statusOf(client.api(globex, '/api/v2/deals/1', { method: 'DELETE' }))).toBe(418)

    pick({ endpoint: 'revoke' })
    expect(await statusOf(client.revoke({ token: 'x' }))).toBe(418)
  })

  test('lets the fault that was added first strike, if two match a call', async () => {
    const fake = createFakePipedrive({ faults: [{ fault: { type: 'status', status: 500 } }] })
    fake.faults.add({ fault: { type: 'status', status: 501 } })
    const client = createTestClient(fake)
    expect([await statusOf(client.refresh('x')), await statusOf(client.refresh('x'))]).toEqual([500, 501])
  })

  test('refuses an unknown type of fault', () => {
    const fake = createFakePipedrive()
    expect(() => fake.faults.add({ fault: { type: 'typo' } as never })).toThrow("there is no fault 'typo'")
  })

  test('lets calls pass at a gate that was released before they came', async () => {
    const fake = createFakePipedrive()
    const gate = fake.faults.hold()
    gate.release()
    expect(await statusOf(createTestClient(fake).refresh('x'))).toBe(400)
  })
})
