import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createOAuthHandler,
  CallbackError,
  ConfigurationError,
  ForbiddenRequestError,
  PipedriveOAuth,
  ReauthorizationRequiredError,
  StoreError,
  TokenEndpointError,
  type PipedriveOAuthError,
} from '../../src/index.ts'
import {
  createWebAuth,
  errorResponse,
  pagesProblems,
  type PageLook,
  type PagesOptions,
} from '../../src/adapter.ts'
import { createScene } from '../flow/scene.ts'

const framed = new Request('http://localhost:3000/panel', {
  headers: { accept: 'text/html', 'sec-fetch-dest': 'iframe' },
})
const opened = new Request('http://localhost:3000/deals', { headers: { accept: 'text/html' } })
const install = 'http://localhost:3000/pipedrive/install'

const pageOf = (error: PipedriveOAuthError, look?: PageLook, request = opened) =>
  errorResponse(error, request, install, look)
const textOf = (error: PipedriveOAuthError, look?: PageLook) => pageOf(error, look).text()
const notInstalled = new ReauthorizationRequiredError('not_installed')

describe('F88 the texts of an application', () => {
  const special = `<b>&amp;"'</b>\u202Etxet`
  const escaped = '&#60;b&#62;&#38;amp;&#34;&#39;&#60;/b&#62;\u202Etxet'

  test('F88 every inserted text is escaped, and the name of the app cannot turn the text around it', async () => {
    const look: PageLook = {
      appName: special,
      logoUrl: "data:image/svg+xml,%3Csvg'",
      texts: { connect: special, not_installed: { title: special, text: special } },
    }
    const page = await textOf(notInstalled, look)
    expect(page).not.toContain('<b>')
    expect(page).not.toContain(`"'</b>`)
    expect(page.split(escaped)).toHaveLength(6)
    expect(page).toContain(`<bdi>${escaped}</bdi>`)
    expect(page).toContain(`src="data:image/svg+xml,%3Csvg&#39;"`)
  })

  test('F88 no text of any characters adds an element to the page', async () => {
    const shape = (page: string) => page.match(/<\/?[a-z]+/g)
    const plain = shape(await textOf(notInstalled, { appName: 'x' }))
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...'<>b/!-"\'&; \u202E'), minLength: 3 }),
        async (text) => {
          const texts = { connect: text, not_installed: { title: text, text } }
          expect(shape(await textOf(notInstalled, { appName: text, texts }))).toEqual(plain)
        },
      ),
    )
  })

  test('F88 a text that is missing keeps the one of this library', async () => {
    const page = await textOf(notInstalled, { texts: { not_installed: { title: 'Hallo' } } })
    expect(page).toContain('<h1>Hallo</h1>')
    expect(page).toContain('Connect your Pipedrive account to continue.')
    const other = { texts: { other: { title: 'Panne', text: 'Bitte später.' } }, language: 'de' }
    const ours = await textOf(new TokenEndpointError('client_rejected'), other)
    expect(ours).toMatch(/<html lang="de">[^]*<h1>Panne<\/h1>\s*<p>Bitte später\.<\/p>/)
  })
})

describe('F88 the "Connect" button', () => {
  test.each([
    ['access_denied', new CallbackError('access_denied')],
    ['attempt_expired', new CallbackError('attempt_expired')],
    ['state_mismatch', new CallbackError('state_mismatch')],
    ['not_installed', notInstalled],
    ['not_signed_in', new ReauthorizationRequiredError('not_signed_in')],
    ['reauthorization_required', new ReauthorizationRequiredError('reauthorization_required')],
  ] as const)('F88 is there where connecting may help: %s', async (_, error) => {
    expect(await textOf(error)).toContain(`href="${install}"`)
  })

  test.each([
    ['client_rejected', new TokenEndpointError('client_rejected')],
    ['request_rejected', new TokenEndpointError('request_rejected')],
    ['malformed_response', new TokenEndpointError('malformed_response')],
    ['token_endpoint_unavailable', new TokenEndpointError('token_endpoint_unavailable')],
    ['store_unavailable', new StoreError('store_unavailable', 'The store is away')],
    ['unreadable_record', new StoreError('unreadable_record', 'The record is not readable')],
    ['invalid_configuration', new ConfigurationError(['x'])],
    ['extension_token_expired', new ForbiddenRequestError('extension_token_expired', 'Too late')],
    ['bad_signature', new ForbiddenRequestError('bad_signature', 'Not signed')],
    ['unexpected_account', new CallbackError('unexpected_account')],
  ] as const)('F88 is not there where connecting does not help: %s', async (_, error) => {
    const page = await textOf(error)
    expect(page).not.toContain('<a ')
    expect(page).toContain(error.code)
  })
})

describe('F88 who may frame a page', () => {
  const policyOf = async (endpoints: { oauth?: string; api?: string } | undefined) => {
    const { client } = createScene()
    const auth = createWebAuth(client({ endpoints }))
    const answer = await auth.answer(notInstalled, framed, undefined)
    return /frame-ancestors ([^;]*)/.exec(answer.headers.get('content-security-policy') ?? '')?.[1]
  }

  test.each([
    [undefined, 'https://*.pipedrive.com'],
    [{ api: 'https://acme.pipedrive.com' }, 'https://*.pipedrive.com'],
    [{ api: 'http://localhost:4700' }, 'https://*.pipedrive.com http://localhost:4700'],
    [
      { oauth: 'http://localhost:4700/', api: 'http://localhost:4700' },
      'https://*.pipedrive.com http://localhost:4700',
    ],
    [
      { oauth: 'https://oauth.proxy.example', api: 'https://api.proxy.example' },
      'https://*.pipedrive.com https://oauth.proxy.example https://api.proxy.example',
    ],
    [{ api: 'https://evilpipedrive.com' }, 'https://*.pipedrive.com https://evilpipedrive.com'],
  ])('F88 with the endpoints %j: %s', async (endpoints, ancestors) => {
    expect(await policyOf(endpoints)).toBe(ancestors)
  })

  test('F88 nobody may frame a page that was opened in a tab', () => {
    expect(pageOf(notInstalled).headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })
})

test.each([
  ['https://cdn.example/logo.png', ' img-src https://cdn.example;'],
  ['/logo.svg', " img-src 'self';"],
  ['data:image/png;base64,AAAA', ' img-src data:;'],
  [undefined, ''],
])('the policy allows the logo %s and no other image', (logoUrl, images) => {
  const policy = pageOf(notInstalled, { logoUrl }).headers.get('content-security-policy')
  expect(policy).toContain(`; style-src 'unsafe-inline';${images} frame-ancestors 'none'`)
})

test('every logo that is accepted can be shown', () => {
  const part = fc.constantFrom(
    'https://',
    '/',
    'data:image/png,',
    '[',
    ']',
    ':',
    '80',
    '%',
    'a.example',
    '@',
    '\\',
    '*',
  )
  const spelling = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(spelling, (logoUrl) => {
      if (pagesProblems({ logoUrl }).length === 0) expect(pageOf(notInstalled, { logoUrl }).status).toBe(401)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['#000000', '#fff'],
  ['#ffffff', '#000'],
  ['#017737', '#fff'],
  ['#ffd400', '#000'],
  ['#767676', '#fff'],
  ['#777777', '#000'],
])('the label on a button of %s is %s', async (accent, ink) => {
  expect(await textOf(notInstalled, { accent })).toMatch(
    new RegExp(`background: ${accent};\\s*color: ${ink};`),
  )
})

test('a handler gives its pages the look of the app', async () => {
  const { client } = createScene()
  const handle = createOAuthHandler(client(), { pages: { appName: 'Northwind Sync' } })
  const answer = await handle(new Request('http://localhost:3000/pipedrive/callback?state=x&code=y', opened))
  expect(await answer?.text()).toContain('<bdi>Northwind Sync</bdi>')
})

test.each<[PagesOptions | unknown, string]>([
  ['x', 'pages must be an object'],
  [{ name: 'x' }, 'pages.name is not a known option'],
  [{ appName: ' ' }, 'pages.appName must be a text'],
  [{ logoUrl: 'http://cdn.example/logo.png' }, 'pages.logoUrl must be https'],
  [{ logoUrl: '//cdn.example/logo.png' }, 'pages.logoUrl must be https'],
  [{ logoUrl: 'https://cdn.example/a; script-src *' }, 'pages.logoUrl must be https'],
  [{ logoUrl: 'javascript:alert(1)' }, 'pages.logoUrl must be https'],
  [{ logoUrl: 'https://[x' }, 'pages.logoUrl must be https'],
  [{ logoUrl: 'https://:80' }, 'pages.logoUrl must be https'],
  [{ logoUrl: 'https://exa%mple.com/l.svg' }, 'pages.logoUrl must be https'],
  [{ logoUrl: 'https://cdn.example:99999/l.svg' }, 'pages.logoUrl must be https'],
  [{ accent: 'red' }, 'pages.accent must be a colour such as #0a6b43'],
  [{ accent: '#fff;}body{display:none' }, 'pages.accent must be a colour'],
  [{ language: 'en"' }, 'pages.language must be a tag'],
  [{ texts: { not_instaled: {} } }, 'pages.texts.not_instaled is not the code of a page'],
  [{ texts: { other: 'x' } }, 'pages.texts.other must be an object with title and text'],
  [{ texts: { other: { titel: 'x' } } }, 'pages.texts.other.titel is not a known option'],
  [{ texts: { other: { title: '' } } }, 'pages.texts.other.title must be a text'],
  [{ texts: { connect: 5 } }, 'pages.texts.connect must be a text'],
  [{ texts: { other: { text: '' } } }, 'pages.texts.other.text must be a text'],
  [{ texts: { other: { text: ' ' } } }, 'pages.texts.other.text must be a text'],
  [{ texts: 'x' }, 'pages.texts must be an object'],
  [{ texts: null }, 'pages.texts must be an object'],
  [null, 'pages must be an object'],
  [{ appName: 5 }, 'pages.appName must be a text'],
  ...[
    'https://',
    'https://a"b',
    'https://a b',
    '/a b',
    "/a'b",
    '/\\a',
    'data:image/',
    'data:image/png,"',
    'x/logo.png',
  ].map((logoUrl): [unknown, string] => [{ logoUrl }, 'pages.logoUrl must be https']),
  ...['0a6b43', '#0a6b4', '#0a6b433', 'x#0a6b43', '#0a6b4g'].map((accent): [unknown, string] => [
    { accent },
    'pages.accent must be a colour',
  ]),
  ...['x', '1en', 'en-', 'en-waytoolong', 'en-ü', 'en_GB', ' en'].map((language): [unknown, string] => [
    { language },
    'pages.language must be a tag',
  ]),
])('the option pages %j is refused', (pages, problem) => {
  const oauth = createScene().client()
  expect(oauth).toBeInstanceOf(PipedriveOAuth)
  expect(() => createWebAuth(oauth, { pages: pages as PagesOptions })).toThrow(problem)
})

test.each<[unknown]>([
  [{}],
  [{ appName: 'N', logoUrl: undefined, accent: undefined, language: undefined, texts: undefined }],
  [{ appName: ' Northwind\nSync ' }],
  ...['https://cdn.example/logo.png', '/', '/logo.svg', 'data:image/png;base64,AA=='].map(
    (logoUrl): [unknown] => [{ logoUrl }],
  ),
  ...['#0a6b43', '#ABCDEF'].map((accent): [unknown] => [{ accent }]),
  ...['en', 'EN', 'pt-BR', 'zh-Hans-CN', 'de-1901'].map((language): [unknown] => [{ language }]),
  [{ texts: {} }],
  [{ texts: { connect: 'Connect now', other: { title: 'Sorry', text: 'Please try again.' } } }],
  [{ texts: { connect: 'Connect', other: { title: 'Sorry', text: 'Later' } } }],
  [{ texts: { other: { title: 'Sorry' } } }],
  [{ texts: { other: { text: 'Please try again.' } } }],
])('the option pages %j can be used', (pages) => {
  expect(pagesProblems(pages)).toEqual([])
})
