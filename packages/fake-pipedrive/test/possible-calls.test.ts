import { expect, onTestFinished, test } from 'vitest'
import { matchesCall, type Call, type CallFilter } from '../src/call-log.ts'
import { createFakePipedrive, type FakePipedrive } from '../src/index.ts'

/** Every kind of call that a fake on a socket can receive: each method, at each endpoint, with each form and token. */
async function allCalls(fake: FakePipedrive): Promise<readonly Call[]> {
  const { origin } = await fake.listen()
  onTestFinished(() => fake.close())
  const { access_token, refresh_token } = fake.install()
  const forms = [
    undefined,
    ...['authorization_code', 'refresh_token', 'exchange_api_token'].flatMap((grant_type) => [
      { grant_type },
      { grant_type, refresh_token },
    ]),
    { token: refresh_token },
  ]
  for (const path of [
    '/oauth/authorize',
    '/oauth/token',
    '/oauth/revoke',
    '/api/v1/users/me',
    '/oauth/other',
  ])
    for (const method of methods)
      for (const headers of [undefined, { authorization: `Bearer ${access_token}` }])
        for (const form of ['GET', 'HEAD'].includes(method) ? [undefined] : forms)
          await fetch(`${origin}${path}`, {
            method,
            redirect: 'manual',
            ...(headers && { headers }),
            // Refreshes keep the refresh token.
            ...(form && { body: new URLSearchParams(form) }),
          }).then((answer) => answer.body?.cancel())
  return fake.calls
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const endpoints = ['authorize', 'token', 'revoke', 'api', 'unknown'] as const
const paths = ['/oauth/authorize', '/oauth/token', '/oauth/revoke', '/api/v1/users/me', '/oauth/other']
const patterns = [/^\/oauth\/token$/, /deals/, /\/oauth\//g, /token/y]

const filters: readonly CallFilter[] = [undefined, ...endpoints].flatMap((endpoint) =>
  [undefined, 'refresh_token'].flatMap((grantType) =>
    [undefined, '1001:11'].flatMap((user) =>
      [undefined, ...methods].flatMap((method) =>
        [undefined, ...paths, ...patterns].map((path) => ({ endpoint, grantType, user, method, path })),
      ),
    ),
  ),
)

test('F84 conditions are refused if no call can meet all of them, and only then', async () => {
  const fake = createFakePipedrive()
  const calls = await allCalls(fake)
  const isAccepted = (filter: CallFilter) => {
    try {
      fake.faults.add({ ...filter, fault: { type: 'hang' } }).remove()
      fake.expectCalls(calls.filter((call) => matchesCall(call, filter)).length, filter)
      return true
    } catch {
      return false
    }
  }
  // Whether a pattern fits one of the many paths of the API is not asked.
  const isDecided = ({ endpoint, grantType, path }: CallFilter) =>
    !(path instanceof RegExp) ||
    grantType !== undefined ||
    ['authorize', 'token', 'revoke'].includes(endpoint ?? '')
  const wrong = filters.filter((filter) => {
    const isPossible = calls.some((call) => matchesCall(call, filter))
    return isAccepted(filter) ? !isPossible && isDecided(filter) : isPossible
  })
  expect(wrong).toEqual([])
})

test.each([/^\/api\//g, /deals/y, /^\/api\//gy, /\/deals/gi, /users/])(
  'F84 the pattern %s strikes and counts the same calls each time',
  async (path) => {
    const fake = createFakePipedrive()
    fake.faults.add({ path, times: 4, fault: { type: 'status', status: 503 } })
    const statuses: number[] = []
    for (let count = 0; count < 6; count++)
      statuses.push((await fake.fetch('https://acme.pipedrive.com/api/v1/deals')).status)
    const isMet = '/api/v1/deals'.search(path) >= 0
    expect(statuses).toEqual(isMet ? [503, 503, 503, 503, 401, 401] : Array(6).fill(401))
    fake.expectCalls(isMet ? 6 : 0, { path })
    fake.expectCalls(isMet ? 6 : 0, { path })
    expect(path.lastIndex).toBe(0)
  },
)
