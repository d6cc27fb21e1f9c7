import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { anySecret, anyText, bodyWith, headerText, jsonWith, mutated } from '../any-input.ts'
import { fuzzTarget, type FuzzTarget } from '../fuzz-target.ts'
import { clientId, clientSecret, fuzzedClient, redirectUri } from '../fuzzed-client.ts'

const names = [
  'client_id',
  'company_id',
  'user_id',
  'timestamp',
  'isShared',
  'is_shared',
  'companyId',
  'userId',
]
const timestamp = fc.oneof(
  fc
    .date()
    .filter((date) => !Number.isNaN(date.getTime()))
    .map((date) => date.toISOString()),
  fc.integer({ min: -1e10, max: 1e10 }),
  anyText,
)
const genuine = fc.record({
  client_id: fc.oneof(fc.constant(clientId), anyText),
  company_id: fc.oneof(fc.integer({ min: 1, max: 2_000 }), anyText),
  user_id: fc.oneof(fc.integer({ min: 1, max: 2_000 }), anyText),
  isShared: fc.oneof(fc.boolean(), anyText),
  timestamp,
})
const body = fc.oneof(
  bodyWith(names),
  genuine.map((notice) => JSON.stringify(notice)),
)
const credentials = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

/** What Pipedrive sends to an app: notices, and the tokens of its extension pages. */
export function noticeTargets(): readonly FuzzTarget[] {
  const { oauth, showTo } = fuzzedClient()
  const uninstalls = fuzzTarget(
    'uninstall notices',
    10,
    fc.record({
      body,
      authorization: fc.oneof(
        { weight: 4, arbitrary: fc.constant(credentials) },
        { weight: 1, arbitrary: mutated(credentials).map((text) => text.replace(/[^\x20-\x7e]/g, '~')) },
        { weight: 1, arbitrary: headerText },
      ),
    }),
    async ({ body, authorization }, show) => {
      showTo(show)
      const headers = { authorization }
      show(await oauth.handleUninstall(new Request(redirectUri, { method: 'DELETE', headers, body })))
    },
  )
  const sharing = fuzzTarget('sharing notices', 5, body, async (text, show) => {
    showTo(show)
    await oauth.handleSharing(new Request(redirectUri, { method: 'POST', body: text }))
  })

  const part = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')
  const claims = jsonWith(['companyId', 'userId', 'exp', 'iat', 'nbf', 'aud', 'iss', 'crit'])
  const header = fc.oneof(
    fc.constant({ alg: 'HS256', typ: 'JWT' }),
    jsonWith(['alg', 'typ', 'crit', 'b64', 'kid', 'jwk']),
  )
  const jwt = fc.tuple(header, claims, fc.boolean(), anyText).map(([head, payload, isSigned, text]) => {
    const signed = `${part(head)}.${part(payload)}`
    const signature = createHmac('sha256', clientSecret).update(signed).digest('base64url')
    return `${signed}.${isSigned ? signature : text}`
  })
  const extensions = fuzzTarget(
    'extension tokens',
    8,
    fc.oneof({ weight: 4, arbitrary: jwt }, { weight: 1, arbitrary: anySecret }),
    async (token, show) => {
      showTo(show)
      show(await oauth.verifyExtensionToken(token))
    },
  )
  return [uninstalls, sharing, extensions]
}
