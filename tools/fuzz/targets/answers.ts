import { currentUser, exchangeCode, refreshTokens, revokeToken } from '@pd/oauth-core/protocol'
import * as fc from 'fast-check'
import { anyText, bodyWith, headerText } from '../any-input.ts'
import { fuzzTarget, marker, type FuzzTarget } from '../fuzz-target.ts'
import { answer, quickClock, clientId, clientSecret, fuzzedClient, redirectUri } from '../fuzzed-client.ts'

/** Stands for the token or code in a request. */
const sent = '<sent>'

const names = [
  'access_token',
  'refresh_token',
  'token_type',
  'expires_in',
  'scope',
  'api_domain',
  'error',
  'error_description',
  'message',
  'data',
]
/** Text in which a server repeats what it was sent, which stands where `sent` is. */
const echo = fc.oneof(
  anyText,
  anyText.map((text) => `${text} ${sent} is unknown`),
)
const response = fc.record(
  {
    access_token: fc.constant(`${marker}-access-2`),
    refresh_token: fc.oneof(fc.constant(`${marker}-refresh-2`), anyText),
    token_type: fc.oneof(fc.constantFrom('bearer', 'Bearer'), anyText),
    expires_in: fc.oneof(fc.integer(), fc.double(), anyText),
    scope: anyText,
    api_domain: fc.oneof(
      fc.constantFrom('https://acme.pipedrive.com', 'https://evil.example'),
      fc.webUrl(),
      anyText,
    ),
    error: fc.oneof(fc.constantFrom('invalid_grant', 'invalid_client', 'invalid_request', 'slow_down'), echo),
    error_description: echo,
    message: echo,
    data: fc.record({ id: fc.integer(), company_id: fc.integer(), name: anyText }),
  },
  { requiredKeys: [] },
)
const answers = fc.record({
  status: fc.oneof(fc.constantFrom(200, 400, 401, 429, 503), fc.integer({ min: 200, max: 599 })),
  body: fc.oneof(
    bodyWith(names),
    response.map((value) => JSON.stringify(value)),
  ),
  headers: fc.record({ 'retry-after': headerText, date: headerText }, { requiredKeys: [] }),
})

/** What the token endpoint and the API answer. */
export function answerTargets(): readonly FuzzTarget[] {
  let next = { status: 200, body: '', headers: {} }
  const respond: typeof fetch = async (_url, init) => {
    const { status, body, headers } = next
    const form = new URLSearchParams(typeof init?.body === 'string' ? init.body : '')
    const bearer = new Headers(init?.headers).get('authorization')?.slice('Bearer '.length)
    const secrets = ['refresh_token', 'code', 'token', 'api_token'].flatMap((name) => form.get(name) ?? [])
    const text = JSON.stringify(secrets[0] ?? bearer).slice(1, -1)
    return answer(status, body.replaceAll(sent, text), headers)
  }
  const client = fuzzedClient({ fetch: respond, clock: quickClock() })
  const credentials = { clientId, clientSecret }
  const options = { fetch: respond }
  const refreshToken = `${marker}-refresh`
  const calls: readonly ((tokens: unknown) => Promise<unknown>)[] = [
    () => refreshTokens(credentials, { refreshToken }, options),
    () => exchangeCode(credentials, { code: `${marker}-code`, redirectUri }, options),
    () => revokeToken(credentials, { token: refreshToken, hint: 'refresh_token' }, options),
    () => currentUser({ accessToken: `${marker}-access` }, options),
    () => client.oauth.adopt({ refreshToken }),
    () => client.oauth.exchangeApiToken(`${marker}-api-token`),
    (tokens) => client.oauth.adopt(tokens, { account: { companyId: 1_001, userId: 11 } }),
  ]
  return [
    fuzzTarget(
      'token answers',
      8,
      fc.record({ given: answers, call: fc.nat(calls.length - 1) }),
      async ({ given: { status, body, headers }, call }, show) => {
        client.showTo(show)
        next = { status, body, headers }
        await calls[call]?.(parsed(body))
      },
    ),
  ]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
