import { describe, expect, test } from 'vitest'
import {
  ConfigurationError,
  ForbiddenRequestError,
  installationFor,
  ReauthorizationRequiredError,
  TokenEndpointError,
  type PipedriveOAuthError,
} from '../../src/index.ts'
import { webPaths } from '../../src/client/connect/web-paths.ts'
import { OAuthCookies } from '../../src/web/oauth-cookies.ts'
import { refuse } from '../../src/web/refuse.ts'
import { ada, createScene, day, failure } from '../flow/scene.ts'

const notInstalled = new ReauthorizationRequiredError('not_installed')
const origin = 'http://localhost:3000'
const install = `${origin}/pipedrive/install`

/** How a request is refused. */
function refused(path: string, headers: Record<string, string>, error: PipedriveOAuthError = notInstalled) {
  const oauth = createScene().client()
  const paths = webPaths(oauth.redirectUri, undefined)
  return refuse(oauth, error, new Request(origin + path, { headers }), paths, {
    frameAncestors: oauth.frameAncestors,
  })
}
const page = { accept: 'text/html,*/*' }

describe('where the user has to connect', () => {
  test('a page redirects to the install link, which brings the user back to the same path and query', async () => {
    const response = refused('/deals?q=a%20b&x=%2F', { ...page, 'sec-fetch-dest': 'document' })
    const location = new URL(response.headers.get('location')!)
    expect([response.status, location.origin + location.pathname]).toEqual([302, install])
    expect(location.searchParams.get('returnTo')).toBe('/deals?q=a%20b&x=%2F')
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('the signed token of an extension page is left out of the return address', async () => {
    const response = refused('/deals?token=a.b.c&x=1', { ...page, 'sec-fetch-dest': 'document' })
    expect(response.headers.get('location')).toBe(`${install}?returnTo=%2Fdeals%3Fx%3D1`)
  })

  test('an address that reads as another host is not used as the return address', async () => {
    expect(refused('//evil.example/', page).headers.get('location')).toBe(install)
  })

  test.each(['callback?code=c&state=s', 'callback?error=user_denied', 'install?reconnect=x', 'logout'])(
    'no user comes back to a route, whose address may hold a code: %s',
    (route) => {
      for (const path of [`/pipedrive/${route}`, `/deals/../pipedrive/${route}`])
        expect(refused(path, page).headers.get('location')).toBe(install)
    },
  )

  test('data is refused with 401, code, message and the install link', async () => {
    const response = refused('/api/deals', { accept: 'application/json' })
    expect(response.status).toBe(401)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({ code: 'not_installed', message: notInstalled.message, install })
  })

  test.each([
    ['the browser says that it is framed', '/panel', { 'sec-fetch-dest': 'iframe' }],
    ['the address carries the signed token and the browser says nothing', '/panel?token=a.b.c', {}],
    [
      'the address carries the signed token and a service worker asks for it',
      '/panel?token=a.b.c',
      { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'navigate' },
    ],
  ])('a page in a frame shows a link that opens a tab: %s', async (_, path, headers) => {
    const response = refused(path, { ...page, ...headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-security-policy')).toContain(
      'frame-ancestors https://*.pipedrive.com',
    )
    expect(await response.text()).toContain(
      `<a href="${install}?returnTo=%2Fpanel" target="_blank" rel="noopener">`,
    )
  })

  test('a script that asks for a page is not sent to another origin', async () => {
    const response = refused('/part', { ...page, 'sec-fetch-dest': 'empty' })
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
  })
})

test('a temporary failure never sends the user to connect again', async () => {
  const error = new TokenEndpointError('token_endpoint_unavailable', { retryAfterMs: 1_500 })
  const response = refused('/deals', page, error)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
})

test.each(['text/html', 'application/json'])(
  'a failure of unknown length names no time to a %s client',
  (accept) => {
    const response = refused('/deals', { accept }, new TokenEndpointError('token_endpoint_unavailable'))
    expect([response.status, response.headers.has('retry-after')]).toEqual([503, false])
  },
)

test('data is refused with the sentence of the error if it is the request’s, and of the page if it is ours', async () => {
  const message = async (error: PipedriveOAuthError) => {
    const body = (await refused('/api/deals', {}, error).json()) as { message: string }
    return body.message
  }
  const foreign = new ForbiddenRequestError('cross_site_request', 'Use a page of your own.')
  expect(await message(foreign)).toBe(foreign.message)
  expect(await message(new ConfigurationError(['clientId is missing']))).not.toContain('clientId')
})

describe('installationFor()', () => {
  test('finds the installation by session, by signed token, or by identify', async () => {
    const { client, connect, fake } = createScene()
    const oauth = client()
    await connect(oauth)
    const session = new OAuthCookies(oauth).session(await oauth.issueSession(ada, day), day)
    const requests = [
      new Request(`${origin}/deals`, { headers: { cookie: session } }),
      new Request(`${origin}/panel?token=${await fake.extensionToken()}`),
    ]
    for (const request of requests) expect((await installationFor(oauth, request)).id).toBe(ada)
    const told = await installationFor(oauth, new Request(origin), { identify: () => ada })
    expect(fake.serverAccepts(await told.accessToken())).toBe(true)
  })

  test('rejects without an installation, for an unknown one, and for a grant that has ended', async () => {
    const { client, clock, connect, fake } = createScene()
    const oauth = client()
    const asked = (identify?: () => typeof ada) =>
      failure(installationFor(oauth, new Request(origin), identify && { identify }))
    expect(await asked()).toBe('not_signed_in')
    expect(await asked(() => ada)).toBe('not_installed')
    await connect(oauth)
    await fake.uninstall(ada)
    await clock.advance(day)
    expect(await asked(() => ada)).toBe('reauthorization_required')
  })
})
