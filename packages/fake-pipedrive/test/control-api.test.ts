import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakePipedrive, manualClock, type FakePipedrive } from '../src/index.ts'
import { createTestClient, jsonOf } from './test-client.ts'

const clock = manualClock({ patienceMs: Infinity })
let fake: FakePipedrive
let origin: string

beforeEach(async () => {
  fake = createFakePipedrive({ clock })
  origin = (await fake.listen()).origin
})
afterEach(() => fake.close())

const post = (name: string, body: unknown = {}) =>
  fetch(`${origin}/__fake/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const order = (name: string, body?: unknown) => jsonOf(post(name, body)) as Promise<Record<string, unknown>>
const read = (name: string) => jsonOf(fetch(`${origin}/__fake/${name}`)) as Promise<unknown[]>

test('approve and deny return the callback URL of the user, for an authorization URL or for a state', async () => {
  const { callbackUrl, code } = await order('approve', { user: 'bo@acme.example', state: 'xyz' })
  expect(callbackUrl).toBe(`${fake.app.redirectUri}?state=xyz&code=${String(code)}`)
  const authorizeUrl = fake.authorizeUrl({ origin, state: 'abc' })
  expect(await order('deny', { authorizeUrl })).toEqual({
    callbackUrl: `${fake.app.redirectUri}?state=abc&error=user_denied`,
  })
  const wrong = await order('approve', { authorizeUrl: `${origin}/oauth/authorize?client_id=x` })
  expect(wrong['error']).toContain("There is no app with the client id 'x'")
})

test('install returns tokens that work on the same origin', async () => {
  const tokens = await order('install', { user: '1002:21' })
  expect(tokens['api_domain']).toBe(origin)
  const client = createTestClient(fake, { fetch, origin })
  expect((await client.api(tokens as never, '/api/v1/users/me')).status).toBe(200)
})

test('users adds a user and a company, and lists them', async () => {
  await order('users', { id: 7, companyId: 70, name: 'Eve' })
  expect(await read('users')).toContainEqual(expect.objectContaining({ id: 7, name: 'Eve' }))
  expect(await read('companies')).toContainEqual(expect.objectContaining({ id: 70 }))
  expect((await order('users', { id: 7, companyId: 70 }))['error']).toContain('two users 70:7')
})

test('clock moves the time, and tells it', async () => {
  await order('install')
  const before = clock.now()
  expect(await order('clock', { advanceMs: 3_600_000 })).toEqual({ now: before + 3_600_000 })
  expect(await read('clock')).toEqual({ now: before + 3_600_000 })
  expect(fake.expectInstalled().accessTokens).toEqual([])
})

test('company sets standing, budget and burst limit, and spends the day of the other apps', async () => {
  expect(await order('company', { company: 'acme', dailyBudget: 100, spend: 40 })).toEqual({ remaining: 60 })
  const client = createTestClient(fake, { fetch, origin })
  const tokens = fake.install()
  const status = async () => (await client.api(tokens, '/api/v2/deals')).status
  expect(await status()).toBe(200)
  await order('company', { company: 1001, burstLimit: 0 })
  expect(await status()).toBe(429)
  await order('company', { company: 'acme', burstLimit: 'Infinity', standing: 'unpaid' })
  expect(await status()).toBe(402)
})

test('app changes scopes and the client secret', async () => {
  expect(await order('app', { scopes: ['deals:read'], clientSecret: 'new' })).toMatchObject({
    scopes: ['base', 'deals:read'],
    clientSecret: 'new',
  })
  expect(await read('app')).toMatchObject({ clientSecret: 'new' })
})

test('calls are filtered by the query, faults are listed, extension tokens are signed', async () => {
  const client = createTestClient(fake, { fetch, origin })
  await client.refresh('x')
  await client.revoke({ token: 'x' })
  expect(await read('calls?endpoint=token&status=400')).toHaveLength(1)
  expect(await read('calls')).toHaveLength(2)
  const plans = [
    { endpoint: 'token', times: 'Infinity', fault: { type: 'hang' } },
    { user: '1001:11', method: 'GET', skip: 1, fault: [{ type: 'cut' }, { type: 'slow', delayMs: 5 }] },
  ]
  for (const plan of plans) await order('faults', plan)
  expect(await read('faults')).toEqual(plans)
  for (const plan of (await read('faults')) as object[]) await order('faults', plan)
  expect(await read('faults')).toEqual([...plans, ...plans])
  expect((await order('extension-token', { user: '1001:11' }))['token']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  fake.install()
  await order('kill')
  expect(fake.expectInstalled().accessTokens).toEqual([])
})

describe('F84 control requests are refused by name', () => {
  test.each([
    ['uninstall', { usr: '1001:11' }, "unknown field 'usr'"],
    ['expire', { user: '1001:99' }, 'has no user 1001:99. It has 1001:11 (ada@acme.example)'],
    ['kill', { users: [] }, "Did you mean 'user'?"],
    ['approve', { state: 5 }, 'state must be a text, not 5'],
    ['deny', { eror: 'x' }, "Did you mean 'error'?"],
    ['install', [], 'must be an object, not an array'],
    ['users', { id: 1 }, 'companyId must be a whole number, 1 or more, not undefined'],
    ['faults', { endpoint: 'tokens', fault: { type: 'hang' } }, "Did you mean 'token'?"],
    [
      'faults',
      { fault: { type: 'status', status: '503' } },
      "fault.status must be a whole number from 200 to 599, not '503'",
    ],
    ['faults', { fault: { type: 'hold', gate: {} } }, 'fault.gate must be a gate of faults.hold()'],
    [
      'faults',
      { fault: { type: 'status', status: 503, headers: { 'bad header': 'x' } } },
      'fault.headers.bad header must be a header that HTTP can carry',
    ],
    ['faults', { endpoint: 'authorize', user: '1001:11', fault: { type: 'hang' } }, 'tell a user'],
    ['clock', { advance: 5 }, "Did you mean 'advanceMs'?"],
    ['clock', { advanceMs: -5 }, '0 or more, not -5'],
    [
      'company',
      { company: 'acme', standing: 'broke' },
      "standing must be one of 'paying', 'unpaid', not 'broke'",
    ],
    ['company', { company: 'acne' }, 'has no company acne'],
    ['company', {}, 'company must be a company: its id or its domain'],
    ['app', { scope: 'x' }, "Did you mean 'scopes'?"],
    ['extension-token', { expiresIn: 5 }, "Did you mean 'expiresInMs'?"],
  ])('F84 %s %j', async (name, body, sentence) => {
    const answer = await post(name, body)
    expect(answer.status).toBe(400)
    expect((await jsonOf(Promise.resolve(answer))) as object).toEqual({
      error: expect.stringContaining(sentence),
    })
  })

  test('F84 a path, a method and a query that do not exist are refused, too', async () => {
    const get = async (path: string) => {
      const answer = await fetch(`${origin}/__fake/${path}`)
      return [answer.status, ((await answer.json()) as { error: string }).error]
    }
    expect(await get('cals')).toEqual([
      404,
      expect.stringContaining("There is no /__fake/cals. Did you mean 'calls'? There are: calls,"),
    ])
    expect(await get('uninstall')).toEqual([405, '/__fake/uninstall does not take GET'])
    expect(await get('calls?endpont=token')).toEqual([
      400,
      expect.stringContaining("Did you mean 'endpoint'?"),
    ])
    expect(await get('users?id=1')).toEqual([400, expect.stringContaining("unknown field 'id'")])
  })

  test('F84 no JSON body at all is an error of the fake itself', async () => {
    const names = [
      'approve',
      'deny',
      'install',
      'users',
      'faults',
      'expire',
      'kill',
      'uninstall',
      'company',
      'app',
      'extension-token',
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 2 }), async (name, body) => {
        expect([200, 400]).toContain((await post(name, body)).status)
      }),
      { numRuns: 200 },
    )
  })
})

test('the table of the reference has every order, and methods of a fake', async () => {
  const page = await readFile(new URL('../../../docs/reference/fake-pipedrive.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| `POST /__fake/…`'))
  const rows = [...table.matchAll(/^\| (`[^|]+) \| (`[^|]+\(\)`[^|]*) \| /gm)]
  const namesIn = (cell = '') => [...cell.matchAll(/`([\w.-]+)(?:\(\))?`/g)].map(([, name = '']) => name)
  const { error } = (await order('nothing')) as { error: string }
  const paths = error.split('There are: ')[1]!.split(', ')
  const reads = ['calls', 'installations', 'companies', 'panel']
  expect(rows.flatMap(([, names]) => namesIn(names)).toSorted()).toEqual(
    [...new Set(paths)].filter((name) => !reads.includes(name)).toSorted(),
  )
  const { add } = fake.faults
  for (const name of rows.flatMap(([, , methods]) => namesIn(methods)))
    expect([name, typeof { ...fake, 'faults.add': add }[name as keyof FakePipedrive]]).toEqual([
      name,
      'function',
    ])
})

test('the documented example in the shell runs as it stands', async () => {
  const page = await readFile(new URL('../../../docs/reference/fake-pipedrive.md', import.meta.url), 'utf8')
  const example = /```sh\n(FAKE=[^]*?)```/.exec(page)?.[1]
  expect(example).toContain('order install')
  const script = example!.replace(/FAKE=\S+/, `FAKE=${origin}`)
  const { stdout } = await promisify(execFile)('sh', ['-euc', script])
  expect(stdout).toContain('"error":"invalid_grant"')
  fake.expectNotInstalled('1001:12')
  fake.expectTokenRequests(1, { grantType: 'refresh_token' })
})
