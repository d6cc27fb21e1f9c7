import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFakePipedrive, type FakePipedrive } from '../src/index.ts'
import { createTestClient, jsonOf, type TestClient } from './test-client.ts'

let fake: FakePipedrive
let client: TestClient
let origin: string
const delivered: string[] = []

beforeEach(async () => {
  delivered.length = 0
  fake = createFakePipedrive({
    appFetch(request) {
      delivered.push(request.method)
      return new Response(null, { status: 202 })
    },
  })
  origin = (await fake.listen()).origin
  client = createTestClient(fake, { fetch: globalThis.fetch, origin })
})
afterEach(() => fake.close())

const order = (path: string, body: unknown) =>
  fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('/__fake/calls lists and clears the calls and does not log itself', async () => {
  await client.refresh('x')
  expect(await jsonOf(fetch(`${origin}/__fake/calls`))).toMatchObject([{ endpoint: 'token', status: 400 }])
  expect((await fetch(`${origin}/__fake/calls`, { method: 'DELETE' })).status).toBe(204)
  expect(await jsonOf(fetch(`${origin}/__fake/calls`))).toEqual([])
})

test('/__fake/faults adds and clears faults', async () => {
  const fault = { type: 'status', status: 503 }
  expect(await jsonOf(order('/__fake/faults', { endpoint: 'token', fault }))).toEqual({ pending: 1 })
  expect([(await client.refresh('x')).status, (await client.refresh('x')).status]).toEqual([503, 400])
  await order('/__fake/faults', { endpoint: 'token', times: 'Infinity', fault })
  expect([(await client.refresh('x')).status, (await client.refresh('x')).status]).toEqual([503, 503])
  await fetch(`${origin}/__fake/faults`, { method: 'DELETE' })
  expect((await client.refresh('x')).status).toBe(400)
})

test('/__fake/faults refuses an unknown fault, a plan without a fault and a body that is not JSON', async () => {
  const refusals = [order('/__fake/faults', { fault: { type: 'typo' } }), order('/__fake/faults', {})]
  expect(await Promise.all(refusals.map((refusal) => jsonOf(refusal)))).toEqual([
    { error: expect.stringContaining("there is no fault 'typo'") },
    { error: expect.stringContaining('a fault plan needs a fault') },
  ])
  const headers = { 'content-type': 'application/json' }
  const halfJson = await fetch(`${origin}/__fake/faults`, { method: 'POST', headers, body: '{' })
  expect(halfJson.status).toBe(400)
})

test('control routes list installations, expire their tokens and uninstall them', async () => {
  const tokens = await client.install('1001:12')
  expect(await jsonOf(fetch(`${origin}/__fake/installations`))).toMatchObject([{ id: '1001:12' }])
  await order('/__fake/expire', { user: '1001:12' })
  expect((await client.api(tokens, '/api/v1/users/me')).status).toBe(401)
  expect(await jsonOf(order('/__fake/uninstall', { user: '1001:12' }))).toEqual({ delivered: 202 })
  expect(delivered).toEqual(['DELETE'])
  expect(await jsonOf(fetch(`${origin}/__fake/installations`))).toEqual([])
  expect((await order('/__fake/uninstall', { user: '1001:12' })).status).toBe(400)
})

test('the index page shows settings, users and calls', async () => {
  await client.install('1002:21')
  await client.refresh('<script>')
  const page = await (await fetch(`${origin}/`)).text()
  for (const text of [
    'Fake Pipedrive',
    origin,
    'fake-client-secret',
    'Dan Okafor',
    '1 valid access token; the refresh token expires in 60 days',
    'invalid_grant',
  ]) {
    expect(page).toContain(text)
  }
})

test('control routes exist on sockets only, and faults do not apply to them', async () => {
  fake.faults.add({ times: Infinity, fault: { type: 'reset' } })
  expect((await fetch(`${origin}/__fake/installations`)).status).toBe(200)
  fake.faults.clear()
  expect((await fake.fetch('https://oauth.pipedrive.com/__fake/installations')).status).toBe(404)
})
