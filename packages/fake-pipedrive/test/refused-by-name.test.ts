import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  connectedInstallation,
  createFakePipedrive,
  manualClock,
  type FakePipedrive,
  type FakePipedriveOptions,
} from '../src/index.ts'

/** An object that a caller gives, the valid fields it has here, and the call that takes it. */
interface Surface {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly give: (object: never) => unknown
}

const fake = createFakePipedrive()
const { id: _, ...installed } = connectedInstallation().fake.installations()[0]!
const inOptions = (make: (object: object) => FakePipedriveOptions) => (object: object) =>
  createFakePipedrive(make(object))
const status = { type: 'status', status: 503 } as const

const faults: readonly Record<string, unknown>[] = [
  { type: 'slow', delayMs: 5, when: 'after' },
  { type: 'status', status: 503, body: {}, headers: {} },
  { type: 'html', status: 502 },
  { type: 'rate_limited', retryAfterSeconds: 5 },
  { type: 'empty', status: 200 },
  { type: 'oversized', bytes: 10 },
  { type: 'reset', when: 'after' },
  { type: 'hang' },
  { type: 'truncated' },
  { type: 'cut' },
  { type: 'omit', fields: ['scope'] },
  { type: 'override', fields: { scope: '' } },
]

const surfaces: readonly Surface[] = [
  {
    name: 'createFakePipedrive()',
    fields: {
      clientId: 'a',
      dailyBudget: 5,
      burstLimit: 5,
      rotateRefreshTokens: true,
      latencyMs: 0,
      apiDomain: 'https://a.example',
      clock: manualClock(),
      faults: [],
    },
    give: (options) => createFakePipedrive(options),
  },
  {
    name: 'a company',
    fields: { id: 5, name: 'A', domain: 'a', plan: 'lite', seats: 1 },
    give: inOptions((company) => ({ companies: [company as never] })),
  },
  {
    name: 'a user',
    fields: { id: 5, companyId: 6, name: 'A', email: 'a@b.example', admin: true, apiToken: 'x' },
    give: inOptions((user) => ({ users: [user as never] })),
  },
  { name: 'addUser()', fields: { companyId: 6, name: 'A', admin: true }, give: (user) => fake.addUser(user) },
  {
    name: 'an installation',
    fields: installed,
    give: inOptions((installation) => ({ installations: [installation as never] })),
  },
  {
    name: 'a fault plan',
    fields: {
      endpoint: 'token',
      grantType: 'refresh_token',
      user: '1001:11',
      times: 1,
      skip: 0,
      fault: status,
    },
    give: (plan) => fake.faults.add(plan),
  },
  {
    name: 'a fault plan in the options',
    fields: { endpoint: 'api', path: '/api/v2/deals', method: 'GET', fault: status },
    give: inOptions((plan) => ({ faults: [plan as never] })),
  },
  {
    name: 'hold()',
    fields: { endpoint: 'token', when: 'after' },
    give: (target) => fake.faults.hold(target),
  },
  {
    name: 'dropAfterCommit()',
    fields: { endpoint: 'token' },
    give: (target) => fake.faults.dropAfterCommit(target),
  },
  ...faults.map((fault) => ({
    name: `the fault ${String(fault['type'])}`,
    fields: fault,
    give: (given: never) => fake.faults.add({ fault: given }),
  })),
  {
    name: 'one fault of several',
    fields: { type: 'slow', delayMs: 5 },
    give: (given) => fake.faults.add({ fault: [{ type: 'reset' }, given] }),
  },
  {
    name: 'tokenRequests()',
    fields: { grantType: 'refresh_token', status: 200 },
    give: (filter) => fake.tokenRequests(filter),
  },
  {
    name: 'expectCalls()',
    fields: { endpoint: 'api', method: 'GET' },
    give: (filter) => fake.expectCalls(0, filter),
  },
  {
    name: 'expectTokenRequests()',
    fields: { user: '1001:11' },
    give: (filter) => fake.expectTokenRequests(0, filter),
  },
  {
    name: 'authorizeUrl()',
    fields: { state: 'x', origin: 'https://a.example' },
    give: (options) => fake.authorizeUrl(options),
  },
  { name: 'deny()', fields: { error: 'x' }, give: (options) => fake.deny(fake.authorizeUrl(), options) },
  {
    name: 'uninstallNotice()',
    fields: { timestamp: 5, idsAs: 'string', timestampAs: 'iso' },
    give: (options) => fake.uninstallNotice('1001:11', options),
  },
  { name: 'share()', fields: { isShared: true }, give: (options) => fake.share('1001:11', options) },
  { name: 'manualClock()', fields: { startAt: 5, patienceMs: 5 }, give: (options) => manualClock(options) },
]

/** Names that differ from a field by one edit: a letter missing, doubled, changed or moved, or another case. */
const typoOf = (name: string) =>
  fc
    .tuple(fc.nat(name.length - 1), fc.constantFrom('drop', 'double', 'change', 'swap', 'case'))
    .map(([at, edit]) => {
      const [before, letter, after] = [name.slice(0, at), name.charAt(at), name.slice(at + 1)]
      if (edit === 'drop') return before + after
      if (edit === 'double') return before + letter + letter + after
      if (edit === 'change') return `${before}q${after}`
      if (edit === 'swap') return before + after.slice(0, 1) + letter + after.slice(1)
      return name.toUpperCase()
    })
    .filter((typo) => typo !== '' && typo !== name)

describe('F84 a misspelt field is refused by its name', () => {
  test.each(surfaces.map((surface) => [surface.name, surface] as const))(
    'F84 in %s',
    async (_, { fields, give }) => {
      const names = Object.keys(fields)
      const typos = fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), typoOf(name)))
      await fc.assert(
        fc.asyncProperty(typos, async ([name, typo]) => {
          fc.pre(!names.includes(typo) && !['id', 'user', 'path', 'url'].includes(typo))
          const { [name]: value, ...others } = fields
          const message = await refusal(() => give({ ...others, [typo]: value } as never))
          // Without its type, a fault is refused for the type.
          if (name !== 'type') expect(message).toContain(`${typo}'`)
        }),
        { numRuns: 60 },
      )
    },
  )

  test('F84 the same objects are accepted with their right names', () => {
    const fresh = createFakePipedrive()
    for (const { name, fields, give } of surfaces)
      if (name !== 'addUser()') expect(() => give(fields as never), name).not.toThrow()
    expect(() => fresh.addUser({ id: 99, companyId: 6, name: 'A', admin: true })).not.toThrow()
  })
})

test.each<[string, (fake: FakePipedrive) => unknown, string]>([
  [
    'an endpoint',
    ({ faults }) => faults.add({ endpoint: 'tokens' as never, fault: status }),
    "not 'tokens'. Did you mean 'token'?",
  ],
  [
    'an endpoint that has no faults',
    ({ faults }) => faults.add({ endpoint: 'control' as never, fault: status }),
    "not 'control'",
  ],
  [
    'a field',
    ({ faults }) => faults.add({ endpont: 'token', fault: status } as never),
    "unknown field 'endpont'. Did you mean 'endpoint'?",
  ],
  [
    'a grant type',
    ({ faults }) => faults.hold({ grantType: 'refreshtoken' }),
    "Did you mean 'refresh_token'?",
  ],
  [
    'a type of fault',
    ({ faults }) => faults.add({ fault: { type: 'rate-limited' } as never }),
    "there is no fault 'rate-limited'. Did you mean 'rate_limited'?",
  ],
  [
    'a field of a fault',
    ({ faults }) => faults.add({ fault: { type: 'slow', delay: 5 } as never }),
    "unknown field 'fault.delay'",
  ],
  [
    'a status',
    ({ faults }) => faults.add({ fault: { type: 'status', status: 5030 } }),
    'fault.status must be a whole number from 200 to 599, not 5030',
  ],
  ['a method', ({ faults }) => faults.add({ method: 'post', fault: status }), "Did you mean 'POST'?"],
  [
    'a path with a query',
    ({ faults }) => faults.add({ path: '/oauth/token?x=1', fault: status }),
    'path must be a path such as /oauth/token without a query',
  ],
  [
    'a user',
    ({ faults }) => faults.add({ user: 'ada@acme.exmple', fault: status }),
    'there is no user ada@acme.exmple',
  ],
  [
    'a count',
    ({ faults }) => faults.add({ times: 0, fault: status }),
    'times must be a whole number, 1 or more, or Infinity, not 0',
  ],
  [
    'a grant type at the API',
    ({ faults }) => faults.add({ endpoint: 'api', grantType: 'refresh_token', fault: status }),
    'only requests to the token endpoint have a grantType',
  ],
  [
    'a user at the consent page',
    ({ faults }) => faults.add({ endpoint: 'authorize', user: '1001:11', fault: status }),
    "only requests to the endpoints 'token', 'revoke' and 'api' tell a user, and endpoint is 'authorize'",
  ],
  [
    'a grant type at a path of the API',
    ({ faults }) => faults.add({ grantType: 'refresh_token', path: '/api/v1/users/me', fault: status }),
    "only requests to the token endpoint have a grantType, and path is '/api/v1/users/me'",
  ],
  [
    'a grant type without a body',
    ({ faults }) => faults.hold({ grantType: 'refresh_token', method: 'GET' }),
    'a GET request has no body for grantType or user',
  ],
  [
    'a pattern that is not that of the endpoint',
    ({ faults }) => faults.add({ endpoint: 'token', path: /deals/, fault: status }),
    "path /deals/ does not fit '/oauth/token', the only path of endpoint 'token'",
  ],
  [
    'a gate',
    ({ faults }) => faults.add({ fault: { type: 'hold', gate: {} as never } }),
    'fault.gate must be a gate of faults.hold()',
  ],
  [
    'the name of a header',
    ({ faults }) => faults.add({ fault: { ...status, headers: { 'bad header': 'x' } } }),
    "fault.headers.bad header must be a header that HTTP can carry, not 'x'",
  ],
  [
    'the value of a header',
    ({ faults }) => faults.add({ fault: { ...status, headers: { 'x-edge': 'a\nb' } } }),
    'fault.headers.x-edge must be a header that HTTP can carry',
  ],
  [
    'a body that JSON cannot hold',
    ({ faults }) => faults.add({ fault: { ...status, body: { amount: 5n } } }),
    'fault.body must be a text or a value that JSON can hold',
  ],
  [
    'a field that JSON cannot hold',
    ({ faults }) => faults.add({ fault: { type: 'override', fields: { a: 5n } } }),
    'fault.fields.a must be a text or a value that JSON can hold',
  ],
  [
    'a size',
    ({ faults }) => faults.add({ fault: { type: 'oversized', bytes: 1e12 } }),
    'fault.bytes must be a whole number from 1 to',
  ],
  [
    'a time of Infinity',
    ({ faults }) => faults.add({ fault: { type: 'rate_limited', retryAfterSeconds: Infinity } }),
    'fault.retryAfterSeconds must be a number of seconds',
  ],
  [
    'a lifetime of Infinity',
    () => createFakePipedrive({ accessTokenLifetimeMs: Infinity }),
    'accessTokenLifetimeMs must be a number of milliseconds',
  ],
  [
    'a user of a filter',
    (fake) => fake.tokenRequests({ user: 'ada@acme.exmple' }),
    'there is no user ada@acme.exmple',
  ],
  [
    'a user of expectCalls()',
    (fake) => fake.expectCalls(0, { user: '1:1' }),
    'expectCalls(): there is no user 1:1',
  ],
  [
    'a user of expectTokenRequests()',
    (fake) => fake.expectTokenRequests(0, { user: { id: 1, companyId: 2 } }),
    'there is no user 2:1',
  ],
  ...[
    'mailto:x',
    'https://a.example/v1',
    'https://a.example/',
    'https://u@a.example',
    'ftp://a.example',
    'a.example',
  ].flatMap((domain): [string, (fake: FakePipedrive) => unknown, string][] => [
    [
      `an apiDomain of ${domain}`,
      () => createFakePipedrive({ apiDomain: domain }),
      `apiDomain must be an origin such as https://acme.pipedrive.com, or a function that returns one, not '${domain}'`,
    ],
    [
      `a function apiDomain that returns ${domain}`,
      () => createFakePipedrive({ apiDomain: () => domain }),
      `apiDomain(): the value must be an origin such as https://acme.pipedrive.com, not '${domain}'`,
    ],
    [
      `an origin of ${domain}`,
      (fake) => fake.authorizeUrl({ origin: domain }),
      `origin must be an origin such as https://acme.pipedrive.com, not '${domain}'`,
    ],
  ]),
  [
    'a path of another endpoint',
    ({ faults }) => faults.add({ endpoint: 'token', path: '/oauth/revoke', fault: status }),
    "path '/oauth/revoke' belongs to endpoint 'revoke'",
  ],
  [
    'a path of the fake itself',
    ({ faults }) => faults.add({ path: '/__fake/calls', fault: status }),
    'have no faults',
  ],
  [
    'a filter',
    (fake) => fake.tokenRequests({ grantType: 'refresh' }),
    "grantType must be one of 'authorization_code'",
  ],
  [
    'an option of approve()',
    (fake) => fake.approve(fake.authorizeUrl(), { usr: 'x' } as never),
    "unknown field 'usr'. Did you mean 'user'?",
  ],
  [
    'an option of listen()',
    (fake) => fake.listen({ prot: 5 } as never),
    "unknown field 'prot'. Did you mean 'port'?",
  ],
  [
    'an option of uninstall()',
    (fake) => fake.uninstall('1001:11', { deliver: 'no' as never }),
    'deliver must be a function or false',
  ],
  [
    'an option of extensionToken()',
    (fake) => fake.extensionToken('1001:11', { expiresIn: 5 } as never),
    "Did you mean 'expiresInMs'?",
  ],
  [
    'a standing',
    (fake) => fake.setCompanyStanding('acme', 'unpayed' as never),
    "not 'unpayed'. Did you mean 'unpaid'?",
  ],
  [
    'a company',
    (fake) => fake.setDailyBudget('acne', 5),
    'has no company acne. It has 1001 (acme), 1002 (globex)',
  ],
  ['a budget', (fake) => fake.setDailyBudget('acme', '5' as never), "must be a number, 0 or more, not '5'"],
  [
    'scopes in one text',
    (fake) => fake.changeScopes(['deals:full,contacts:read']),
    'must be a scope such as deals:full',
  ],
  [
    'a plan',
    () => createFakePipedrive({ companies: [{ id: 1, plan: 'premum' as never }] }),
    'companies[0].plan must be one of',
  ],
  [
    'a deep field',
    () => createFakePipedrive({ companies: [{ id: 1 }, { id: 2, seat: 5 } as never] }),
    "unknown field 'companies[1].seat'. Did you mean 'seats'?",
  ],
  ['two of one company', () => createFakePipedrive({ companies: [{ id: 1 }, { id: 1 }] }), 'two companies'],
  [
    'two of one user',
    () =>
      createFakePipedrive({
        users: [
          { id: 1, companyId: 2 },
          { id: 1, companyId: 2 },
        ],
      }),
    'two users 2:1',
  ],
  [
    'a clock',
    () => createFakePipedrive({ clock: { time: () => 1 } as never }),
    'clock must be a function, or an object with now()',
  ],
])('F84 an unknown value is refused by its name: %s', async (_, call, sentence) => {
  const fake = createFakePipedrive()
  expect(await refusal(() => call(fake))).toContain(sentence)
  await fake.close()
})

/** Resolves to the message with which a call is refused. */
async function refusal(call: () => unknown): Promise<string> {
  const result = await Promise.resolve()
    .then(call)
    .catch((error: unknown) => error)
  expect(result).toBeInstanceOf(Error)
  return (result as Error).message
}
