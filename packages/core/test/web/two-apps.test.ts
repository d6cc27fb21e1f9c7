import { describe, expect, test } from 'vitest'
import { createWebAuth, type WebOptions } from '../../src/adapter.ts'
import { PipedriveOAuthError, ReauthorizationRequiredError, type OAuthEvent } from '../../src/index.ts'
import { createOAuthHandler } from '../../src/index.ts'
import { createScene, rejection } from '../flow/scene.ts'
import { rejects, troubledStore } from '../flow/troubled-store.ts'
import { Browser, cookiesSetBy, locationOf } from './browser.ts'
import { createWebScene, origin } from './web-scene.ts'

type Difference = [
  title: string,
  one: { redirectUri: string },
  other: { redirectUri: string; clientId?: string },
]

const differences: Difference[] = [
  [
    'two apps in one process',
    { redirectUri: 'https://app.example.com/crm/callback' },
    { redirectUri: 'https://app.example.com/sales/callback', clientId: 'other-client' },
  ],
  [
    'two apps with one client id at two paths',
    { redirectUri: 'https://app.example.com/crm/callback' },
    { redirectUri: 'https://app.example.com/sales/callback' },
  ],
  [
    'two programs on two ports of localhost',
    { redirectUri: 'http://localhost:3000/pipedrive/callback' },
    { redirectUri: 'http://localhost:3001/pipedrive/callback' },
  ],
]

describe.each(differences)('%s', (_, one, other) => {
  function createTwoApps() {
    const scenes = [createScene(one), createScene(other)] as const
    const handlers = scenes.map(({ client, fake }) =>
      createOAuthHandler(client({ clientId: fake.app.clientId })),
    )
    const jar = new Map<string, string>()
    const browsers = handlers.map((handler) => new Browser(handler, jar))
    const begin = async (index: 0 | 1) => {
      const { redirectUri } = scenes[index].fake.app
      return locationOf(await browsers[index]!.send(redirectUri.replace('callback', 'install')))
    }
    return { scenes, handlers, browsers, jar, begin }
  }

  test('F73 share no cookie of one browser, so both stay signed in', async () => {
    const { scenes, browsers, begin, jar } = createTwoApps()
    const consents = [await begin(0), await begin(1)]
    for (const index of [0, 1] as const)
      expect((await browsers[index]!.send(await scenes[index].fake.approve(consents[index]!))).status).toBe(
        302,
      )
    const names = [...jar.keys()]
    expect(names.filter((name) => name.includes('pd_session_'))).toHaveLength(2)
    expect(names.filter((name) => name.includes('pd_attempt_'))).toHaveLength(2)
  })

  test('F73 keep __Host- on https, and have none on http', async () => {
    const { jar, begin } = createTwoApps()
    await begin(0)
    await begin(1)
    const isSecure = one.redirectUri.startsWith('https')
    for (const name of jar.keys()) expect(name.startsWith('__Host-')).toBe(isSecure)
  })

  test('F73 clear the oldest attempts of their own, and never those of the other', async () => {
    const { jar, begin } = createTwoApps()
    await begin(1)
    const [theirs] = jar.keys()
    for (let count = 0; count < 40; count++) await begin(0)
    expect([...jar.keys()]).toContain(theirs)
    expect([...jar].map((pair) => pair.join('=')).join('; ').length).toBeLessThan(8_000)
  })
})

describe('an error', () => {
  function createTwoAuths() {
    const one = createScene(differences[0]![1])
    const other = createScene(differences[0]![2])
    const troubled = troubledStore(one.store)
    const oauth = one.client({ store: troubled.store })
    const same = one.client()
    const foreign = other.client({ clientId: 'other-client' })
    return {
      one,
      oauth,
      troubled,
      same: createWebAuth(same),
      own: createWebAuth(oauth),
      foreign: createWebAuth(foreign),
    }
  }

  test.each([
    ['accessToken()', (oauth) => oauth.installation('9:9').accessToken()],
    ['api()', (oauth) => oauth.installation('9:9').api('/api/v2/deals')],
    ['requireScopes()', (oauth) => oauth.installation('9:9').requireScopes(['base'])],
    ['refresh()', (oauth) => oauth.installation('9:9').refresh()],
    ['revokeAccessToken()', (oauth) => oauth.installation('9:9').revokeAccessToken()],
    ['the guard', (oauth) => createWebAuth(oauth).admit(new Request('https://app.example.com/'), undefined)],
  ] satisfies [string, (oauth: ReturnType<ReturnType<typeof createScene>['client']>) => Promise<unknown>][])(
    'F73 of %s is known for one of its own app, by every client of that app',
    async (_, call) => {
      const { oauth, own, same, foreign } = createTwoAuths()
      const error = await rejection(call(oauth))
      if (!(error instanceof PipedriveOAuthError)) throw error
      expect([own.isForeign(error), same.isForeign(error), foreign.isForeign(error)]).toEqual([
        false,
        false,
        true,
      ])
    },
  )

  test('F73 of the store is known for one of its own app', async () => {
    const { oauth, own, foreign, troubled } = createTwoAuths()
    troubled.meet('get', rejects)
    const error = await rejection(oauth.installation('9:9').describe())
    if (!(error instanceof PipedriveOAuthError)) throw error
    expect([error.code, own.isForeign(error), foreign.isForeign(error)]).toEqual([
      'store_unavailable',
      false,
      true,
    ])
  })

  /** An error of another app's client, which the application met while it answered for its own app. */
  async function createForeignError() {
    const error = await rejection(
      createScene(differences[0]![2]).client({ clientId: 'other-client' }).installation('9:9').accessToken(),
    )
    if (!(error instanceof PipedriveOAuthError)) throw error
    return error
  }

  test('F73 of another app is thrown by answer(), and onMissing does not hear of it', async () => {
    const error = await createForeignError()
    const oauth = createScene(differences[0]![1]).client()
    const asked: string[] = []
    const options: WebOptions = { onMissing: ({ code }) => void asked.push(code) }
    const auth = createWebAuth(oauth, options)
    const request = new Request('https://app.example.com/deals', { headers: { accept: 'text/html' } })
    expect(await auth.missing(error, request, undefined)).toBeUndefined()
    expect(await rejection(auth.answer(error, request, undefined))).toBe(error)
    expect(await rejection(createOAuthHandler(oauth, options).answer(error, request))).toBe(error)
    expect(asked).toEqual([])
  })

  test.each([
    ['as JSON', 'application/json'],
    ['as a page', 'text/html'],
  ])('F73 of another app leads to no install link in the last answer, %s', async (_, accept) => {
    const error = await createForeignError()
    const asked: string[] = []
    const refused: OAuthEvent[] = []
    const oauth = createScene(differences[0]![1]).client({
      logger: false,
      onEvent: (event) => void (event.type === 'request_refused' && refused.push(event)),
    })
    const auth = createWebAuth(oauth, { onMissing: ({ code }) => void asked.push(code) })
    const request = new Request('https://app.example.com/deals', { headers: { accept } })
    const answer = await auth.lastAnswer(error, request, undefined)
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null])
    expect(await answer.text()).not.toContain('/install')
    expect([asked, refused.length]).toEqual([[], 1])
  })

  test('F73 of another app, met on a route, leads to no install link', async () => {
    const error = await createForeignError()
    const fails = () => {
      throw error
    }
    const asked: string[] = []
    const { browser, fake, install } = createWebScene(
      { onConnected: fails, identify: fails, onMissing: ({ code }) => void asked.push(code) },
      { logger: false },
    )
    const init = { method: 'POST', headers: { origin } }
    const answers = [
      await browser.send(await fake.approve(await install())),
      await browser.send(`${origin}/pipedrive/disconnect`, init),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      expect(await answer.text()).not.toContain('/install')
    }
    expect(asked).toEqual([])
  })

  test('F73 that the application made itself is nobody’s', () => {
    const { own, foreign } = createTwoAuths()
    const error = new ReauthorizationRequiredError('not_installed')
    expect([own.isForeign(error), foreign.isForeign(error)]).toEqual([false, false])
  })

  test('F73 shows nobody whose it is: the mark is in no print', async () => {
    const { oauth } = createTwoAuths()
    const error = await rejection(oauth.installation('9:9').accessToken())
    expect(Object.keys(error as object)).not.toContain('app')
    expect(JSON.stringify(error)).not.toContain('callback')
  })
})

test('F73 a session of one app is none of the other, under any name', async () => {
  const scene = createScene(differences[2]![1])
  const handler = createOAuthHandler(scene.client())
  const browser = new Browser(handler)
  const consent = locationOf(await browser.send('http://localhost:3000/pipedrive/install'))
  const session = cookiesSetBy(await browser.send(await scene.fake.approve(consent))).at(-1)
  const foreign = createScene(differences[2]![2]).client()
  expect(await foreign.readSession(session?.value ?? '')).toBeUndefined()
})
