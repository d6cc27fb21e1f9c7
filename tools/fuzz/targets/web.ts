import { createOAuthHandler } from '@pd/oauth-core'
import * as fc from 'fast-check'
import { anySecret, anyText, headerText, mutated } from '../any-input.ts'
import { fuzzTarget, type FuzzTarget } from '../fuzz-target.ts'
import { fuzzedClient, pipedrive, redirectUri } from '../fuzzed-client.ts'

/** Callback addresses, cookies, sessions and links: what comes with a browser. */
export async function webTargets(): Promise<readonly FuzzTarget[]> {
  const { oauth, showTo } = fuzzedClient({ fetch: pipedrive })
  const { url, attempt } = await oauth.authorize({ returnTo: '/settings' })
  const state = new URL(url).searchParams.get('state') ?? ''
  const session = await oauth.issueSession('1001:11', 60_000)
  const handle = createOAuthHandler(oauth)

  const plain = fc.tuple(fc.constantFrom('error', 'returnTo', '__proto__'), fc.oneof(anyText, mutated(state)))
  const secret = fc.tuple(
    fc.constantFrom('state', 'code', 'token'),
    fc.oneof(anyText, anySecret, mutated(state)),
  )
  const parameter = fc
    .tuple(fc.oneof(plain, secret), fc.boolean())
    .map(
      ([[name, text], isEncoded]) => `${name}=${isEncoded ? encodeURIComponent(text.toWellFormed()) : text}`,
    )
  const query = fc.array(parameter, { maxLength: 5 }).map((parameters) => parameters.join('&'))
  const address = fc.oneof(
    { weight: 4, arbitrary: query.map((text) => `${redirectUri}?${text}`) },
    { weight: 1, arbitrary: query.map((text) => `/pipedrive/callback?${text}`) },
    { weight: 1, arbitrary: anyText },
  )

  const callbacks = fuzzTarget(
    'callback addresses',
    14,
    fc.record({
      address,
      attempt: fc.oneof(fc.constant(undefined), mutated(attempt)),
      acceptMissingState: fc.boolean(),
    }),
    async ({ address, attempt, acceptMissingState }, show) => {
      showTo(show)
      await oauth.callback(address, attempt, { acceptMissingState })
    },
  )

  const name = fc.constantFrom(
    'pd_session',
    `pd_attempt_${state.slice(0, 12)}`,
    'pd_attempt_',
    '__proto__',
    'x',
  )
  const cookies = fc
    .array(
      fc.tuple(name, fc.oneof(mutated(session), mutated(attempt), anySecret)).map((pair) => pair.join('=')),
      { maxLength: 6 },
    )
    .map((pairs) => pairs.join('; ').replace(/[^\t\x20-\x7e\x80-\xff]/g, '~'))
  const requests = fuzzTarget(
    'cookies and requests of browsers',
    8,
    fc.record({
      path: fc.constantFrom('install', 'callback', 'disconnect', ''),
      query,
      method: fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD', 'PUT'),
      cookie: fc.oneof(cookies, headerText),
      accept: fc.oneof(fc.constantFrom('text/html', 'application/json', '*/*'), headerText),
      origin: fc.oneof(fc.constantFrom('http://localhost:3000', 'null', 'https://evil.example'), headerText),
      site: fc.constantFrom('same-origin', 'cross-site', 'none', ''),
    }),
    async ({ path, query, method, cookie, accept, origin, site }, show) => {
      showTo(show)
      const target = `http://localhost:3000/pipedrive/${path}?${query}`
      const headers = { cookie, accept, origin, 'sec-fetch-site': site }
      const response = await handle(new Request(target, { method, headers }))
      if (response === undefined) return
      if (response.status === 500) throw new Error('A request was answered with 500')
      // The address that goes to the consent page holds the state, and the cookie is sealed.
      show(response.headers.get('content-security-policy'))
      show(await response.text())
    },
  )

  const sealed = fuzzTarget(
    'sessions and links',
    6,
    fc.oneof(mutated(session), mutated(attempt), anySecret),
    async (text, show) => {
      showTo(show)
      await oauth.readSession(text)
      await oauth.readReconnectLink(text)
    },
  )
  return [callbacks, requests, sealed]
}
