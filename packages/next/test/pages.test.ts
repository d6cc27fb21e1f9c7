/** What Next gives to a page by its stores, in this process. A built application is tested in `apps/next`. */
import { InvalidArgumentError, type Installation } from '@pd/oauth-core'
import type { NextRequest } from 'next/server.js'
import { describe, expect, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { answerInsideNext, inside } from './inside-next.ts'
import { createConnectedScene, createForeignError, createScene, origin } from './scene.ts'

const install = `${origin}/pipedrive/install`
const minute = 60_000

/** A page that shows which installation it has. */
function pageOf(find: () => Promise<Installation | undefined>) {
  return async () => Response.json((await find())?.id ?? 'nobody')
}

/** Where a page that nobody is signed in to sends a browser that asks for `path`. */
async function returnToOf(path: string, options: { readonly url?: string } = {}) {
  const { requireInstallation } = pipedriveAuth(createScene().oauth)
  const { answer } = await answerInsideNext(
    pageOf(() => requireInstallation(options)),
    path,
    // As Next's router and a server action ask for a page.
    { headers: { accept: 'text/x-component', 'sec-fetch-dest': 'empty' } },
  )
  const location = answer.headers.get('location') ?? ''
  expect(location.split('?', 1)).toEqual([install])
  return new URL(location).searchParams.get('returnTo')
}

describe('requireInstallation() of a page', () => {
  test('knows the user by the headers of the request', async () => {
    const { requireInstallation, cookie } = await createConnectedScene()
    const { answer } = await answerInsideNext(
      pageOf(() => requireInstallation()),
      '/deals',
      { headers: { cookie } },
    )
    expect(await answer.json()).toBe('1001:11')
  })

  test.each([
    ['/deals?page=2&sort=value', '/deals?page=2&sort=value'],
    ['/deals', '/deals'],
    ['/deals?page=2&_rsc=1abc', '/deals?page=2'],
    // Written as it was sent: only where the router's name has to go is the query written anew.
    ['/deals?q=a%20b', '/deals?q=a%20b'],
  ])('leads from %s to consent, and back to %s', async (path, returnTo) => {
    expect(await returnToOf(path)).toBe(returnTo)
  })

  test('leads back to the `url` that it is given', async () => {
    expect(await returnToOf('/deals?page=2', { url: '/report?month=3' })).toBe('/report?month=3')
  })

  test('asks for missing scopes, and throws where the user has just refused them', async () => {
    const { clock, requireInstallation, cookie } = await createConnectedScene()
    const page = pageOf(() => requireInstallation({ scopes: ['contacts:full'] }))
    const code = 'scopes_missing'
    await expect(answerInsideNext(page, '/deals', { headers: { cookie } })).rejects.toMatchObject({
      code,
      digest: code,
    })
    await clock.advance(16 * minute)
    const { answer } = await answerInsideNext(page, '/deals', { headers: { cookie } })
    expect(answer.headers.get('location')).toBe(`${install}?returnTo=%2Fdeals`)
  })

  test('throws what leads to no consent, with its code as the digest that an error page is given', async () => {
    const { breakDown, clock, requireInstallation, cookie } = await createConnectedScene()
    await breakDown()
    const page = answerInsideNext(
      pageOf(() => requireInstallation()),
      '/deals',
      { headers: { cookie } },
    )
    const code = 'token_endpoint_unavailable'
    const thrown = expect(page).rejects.toMatchObject({ code, digest: code })
    await clock.advance(2 * minute)
    await thrown
  })

  test('leaves errors that are not of this library as they are', async () => {
    const own = new RangeError('of the application')
    const identify = () => {
      throw own
    }
    const { requireInstallation } = pipedriveAuth(createScene().oauth, { identify })
    await expect(
      answerInsideNext(
        pageOf(() => requireInstallation()),
        '/deals',
      ),
    ).rejects.toBe(own)
    expect(own).not.toHaveProperty('digest')
  })

  test.each<unknown>(['deals', 'https://other.example.com/deals', '', '//[', 7])(
    'refuses the url %j, which is no path of this application',
    async (url) => {
      const { requireInstallation } = pipedriveAuth(createScene().oauth)
      const wrong: object = { url }
      const page = pageOf(() => requireInstallation(wrong))
      const error = await answerInsideNext(page, '/deals').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error).toMatchObject({
        message: expect.stringContaining('url must be the path and query of the page, such as /deals?page=2'),
      })
    },
  )
})

describe('installation() of a page', () => {
  test('is the installation of the user, and undefined for a stranger', async () => {
    const { installation, cookie } = await createConnectedScene()
    const page = pageOf(() => installation())
    expect(await (await answerInsideNext(page, '/', { headers: { cookie } })).answer.json()).toBe('1001:11')
    expect(await (await answerInsideNext(page, '/')).answer.json()).toBe('nobody')
  })

  test('throws an error that does not say who the user is', async () => {
    const { breakDown, clock, installation, cookie } = await createConnectedScene()
    await breakDown()
    const page = answerInsideNext(
      pageOf(() => installation()),
      '/',
      { headers: { cookie } },
    )
    const thrown = expect(page).rejects.toMatchObject({ digest: 'token_endpoint_unavailable' })
    await clock.advance(2 * minute)
    await thrown
  })
})

/** How a page is asked for inside a frame: by its address, by the router or a server action, by an old browser. */
const framed: [string, Record<string, string>][] = [
  ['by its address', { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }],
  [
    'by the router or a server action',
    { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' },
  ],
  ['by a browser that does not say so', {}],
]

describe('a page in a frame', () => {
  test.each(framed)('F67 says that its token is over, asked for %s', async (_, headers) => {
    const { clock, fake, requireInstallation, installation } = await createConnectedScene()
    const path = `/panel?token=${await fake.extensionToken()}`
    await clock.advance(6 * minute)
    for (const find of [requireInstallation, installation])
      await expect(
        answerInsideNext(
          pageOf(() => find()),
          path,
          { headers },
        ),
      ).rejects.toMatchObject({ digest: 'extension_token_expired' })
  })

  test.each(framed)('leads a user who is not connected to consent, asked for %s', async (_, headers) => {
    const { fake, requireInstallation } = await createConnectedScene()
    const path = `/panel?token=${await fake.extensionToken('1001:12')}`
    const { answer } = await answerInsideNext(
      pageOf(() => requireInstallation()),
      path,
      { headers },
    )
    expect(answer.headers.get('location')).toBe(`${install}?returnTo=%2Fpanel`)
  })

  test('F71 has the user of its token, whatever session the browser has', async () => {
    const { fake, oauth, requireInstallation, cookie } = await createConnectedScene()
    const { url, attempt } = await oauth.authorize()
    await oauth.callback(await fake.approve(url, { user: '1001:12' }), attempt)
    const path = `/panel?token=${await fake.extensionToken('1001:12')}`
    const headers = { cookie, 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }
    const page = pageOf(() => requireInstallation())
    expect(await (await answerInsideNext(page, path, { headers })).answer.json()).toBe('1001:12')
  })
})

test.each([
  ['opened', { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }],
  ['asked for by the router or a server action', framed[1]![1]],
])(
  'F71 a page in a tab with the token of somebody else, %s, has the user of the session',
  async (_, sent) => {
    const { fake, oauth, requireInstallation, cookie } = await createConnectedScene()
    const { url, attempt } = await oauth.authorize()
    await oauth.callback(await fake.approve(url, { user: '1001:12' }), attempt)
    const path = `/deals?token=${await fake.extensionToken('1001:12')}`
    const page = pageOf(() => requireInstallation())
    const { answer } = await answerInsideNext(page, path, { headers: { cookie, ...sent } })
    expect(await answer.json()).toBe('1001:11')
  },
)

test('F73 the error of another app is thrown to the page: consent to this app would lead back to it', async () => {
  const error = await createForeignError()
  const { requireInstallation, installation } = pipedriveAuth(createScene().oauth, {
    identify: () => {
      throw error
    },
  })
  for (const find of [requireInstallation, installation])
    await expect(
      answerInsideNext(
        pageOf(() => find()),
        '/deals',
      ),
    ).rejects.toBe(error)
  expect(error).toMatchObject({ digest: 'not_installed' })
})

describe('Next keeps alive after the response', () => {
  test('a refresh that a page began', async () => {
    const { clock, fake, requireInstallation, cookie } = await createConnectedScene()
    await clock.advance(57 * minute)
    const { answer, kept } = await answerInsideNext(
      pageOf(() => requireInstallation()),
      '/',
      { headers: { cookie } },
    )
    expect(await answer.json()).toBe('1001:11')
    expect(kept.length).toBeGreaterThan(0)
    await Promise.all(kept)
    expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
  })

  test('a refresh that a route handler began', async () => {
    const { clock, fake, requireInstallation, cookie } = await createConnectedScene()
    await clock.advance(57 * minute)
    const handler = requireInstallation({}, (_, { installation }) => new Response(installation.id))
    const { kept } = await answerInsideNext(
      (request: NextRequest) => handler(request, { params: Promise.resolve({}) }),
      '/',
      { headers: { cookie } },
    )
    expect(kept.length).toBeGreaterThan(0)
    await Promise.all(kept)
    expect(fake.tokenRequests({ grantType: 'refresh_token' })).toHaveLength(1)
  })

  test('the answer of a route', async () => {
    const { routes } = pipedriveAuth(createScene().oauth)
    const { answer, kept } = await answerInsideNext((request) => routes.GET(request), '/pipedrive/install')
    expect(answer.status).toBe(302)
    expect(kept.length).toBeGreaterThan(0)
    await Promise.all(kept)
  })
})

test('a source may resolve to its client', async () => {
  const { oauth, fake } = createScene()
  const { routes } = pipedriveAuth(() => Promise.resolve(oauth))
  const begun = await routes.GET(new Request(`${inside}/pipedrive/install`))
  expect(begun.headers.get('location')).toContain(fake.app.clientId)
})
