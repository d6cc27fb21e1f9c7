/** What the log says where the page of the user cannot name the cause. */
import { describe, expect, test } from 'vitest'
import {
  createOAuthHandler,
  type LogDetails,
  type PipedriveOAuthOptions,
  type WebOptions,
} from '../../src/index.ts'
import { ada, hour, minute, skewed } from '../flow/scene.ts'
import { Browser, locationOf } from './browser.ts'
import { createWebScene, endOf, origin } from './web-scene.ts'

type Line = LogDetails & { readonly level: string; readonly message: string }

function createLog() {
  const lines: Line[] = []
  const at = (level: string) => (message: string, details: LogDetails) =>
    void lines.push({ level, message, ...details })
  return { lines, logger: { error: at('error'), warn: at('warn'), info: at('info') } }
}

function createTold(web: WebOptions = {}, options: Partial<PipedriveOAuthOptions> = {}) {
  const { lines, logger } = createLog()
  return { ...createWebScene(web, { logger, ...options }), lines, logger }
}

const secret = 'another-secret-that-is-long-enough-02'

describe('a browser that loses its session', () => {
  /** Connects, forgets the cookies that the test names, and opens the install link again. */
  async function connectAndReturn(
    scene: ReturnType<typeof createTold>,
    lost: RegExp,
    afterMs = 1_000,
    headers = {},
  ) {
    const { browser, clock, fake, handler, install } = scene
    await browser.send(await fake.approve(await install()))
    const kept = new Browser(handler)
    for (const pair of browser.cookies.split('; '))
      if (!lost.test(pair))
        kept.setCookie(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    await clock.advance(afterMs)
    expect(await endOf(await kept.send(`${origin}/pipedrive/install`, { headers }))).toBe('consent')
    return scene.lines.map(({ code }) => code)
  }

  test('is told once, with the causes that there can be', async () => {
    const scene = createTold()
    expect(await connectAndReturn(scene, /pd_session/)).toEqual(['session_lost'])
    expect(scene.lines[0]).toMatchObject({
      level: 'warn',
      route: '/pipedrive/install',
      cause: expect.stringContaining('the page that leads here got no session cookie'),
      action: expect.stringMatching(/Set-Cookie.*host of `redirectUri`/),
    })
  })

  test('is told if a proxy has led it to another host, which got no cookie', async () => {
    const led = { 'sec-fetch-site': 'cross-site' }
    expect(await connectAndReturn(createTold(), /^$/, 1_000, led)).toEqual(['session_lost'])
    for (const asked of ['same-origin', 'none'])
      expect(await connectAndReturn(createTold(), /^$/, 1_000, { 'sec-fetch-site': asked })).toEqual([])
  })

  test.each([
    ['with its session, it wants another account', createTold, /^$/, 1_000],
    ['a minute later, it may have signed out', createTold, /pd_session/, minute],
    ['without sessions, no session can be lost', () => createTold({ sessionMs: 0 }), /pd_session/, 1_000],
    ['without any cookie, it is another browser', createTold, /./, 1_000],
  ])('is not one: %s', async (_, create, lost, afterMs) => {
    expect(await connectAndReturn(create(), lost, afterMs)).toEqual([])
  })
})

test('a cookie of an attempt that was sealed with another secret is told apart from no cookie', async () => {
  const { browser, install, fake, lines, client, logger } = createTold()
  const back = await fake.approve(await install())
  const changed = createOAuthHandler(client({ logger, secrets: [secret] }))
  // A scanner just before it must not hide it.
  expect(await endOf(await new Browser(changed).send(back))).toBe('state_mismatch')
  expect(await endOf(await browser.at(changed).send(back))).toBe('state_mismatch')
  expect(lines).toMatchObject([
    { level: 'warn', code: 'state_mismatch', action: expect.stringContaining('same host') },
    {
      level: 'warn',
      code: 'state_mismatch',
      cause: expect.stringContaining('a secret that is not in `secrets`'),
      action: expect.stringContaining('put the former one behind the new one'),
    },
  ])
})

test('an attempt that has expired by the clock of another machine is told, and so is that clock', async () => {
  const scene = createTold()
  const { browser, clock, fake, lines, client, logger } = scene
  const dated: typeof fetch = async (...request) => {
    const answer = await fake.fetch(...request)
    const headers = new Headers(answer.headers)
    headers.set('date', new Date(clock.now()).toUTCString())
    return new Response(answer.body, { status: answer.status, headers })
  }
  const slow = createOAuthHandler(client({ logger, fetch: dated, clock: skewed(clock, -10 * minute) }))
  const begun = locationOf(await browser.at(slow).send(`${origin}/pipedrive/install`))
  expect(await endOf(await browser.send(await fake.approve(begun)))).toBe('consent')
  expect(lines).toMatchObject([
    {
      level: 'warn',
      code: 'attempt_expired',
      message: expect.stringContaining('GET /pipedrive/callback sent the user to the consent page once more'),
      action: expect.stringContaining('clock'),
    },
  ])
  for (let times = 0; times < 2; times++) {
    const again = locationOf(await browser.at(slow).send(`${origin}/pipedrive/install`))
    await browser.at(slow).send(await fake.approve(again))
    await clock.advance(2 * minute)
  }
  const offMs = 10 * minute + 500
  expect(lines.slice(1)).toMatchObject([
    {
      level: 'warn',
      code: 'clock_off',
      message: expect.stringContaining(`this clock is ${offMs} ms behind Pipedrive’s`),
      action: expect.stringContaining('NTP'),
    },
  ])
})

test('an uninstall by the user is one line of news', async () => {
  const { browser, clock, fake, install, handler, lines } = createTold()
  await browser.send(await fake.approve(await install()))
  await clock.advance(minute)
  const deliver: typeof fetch = async (input, init) => (await handler(new Request(input, init)))!
  const notice = { company_id: 1001, user_id: 11, client_id: fake.app.clientId, timestamp: clock.now() }
  const authorization = `Basic ${btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)}`
  const answer = await deliver(`${origin}/pipedrive/callback`, {
    method: 'DELETE',
    headers: { authorization },
    body: JSON.stringify(notice),
  })
  expect(answer.status).toBe(200)
  expect(lines).toMatchObject([
    { level: 'info', code: 'uninstalled', installationId: ada, message: expect.stringContaining(ada) },
  ])
})

test('an answer that a retry cannot mend names no time for one', async () => {
  const { oauth, browser, clock, connect, fake } = createTold({}, { logger: false })
  await connect(oauth)
  await clock.advance(2 * hour)
  fake.resetClientSecret('another-secret')
  const error = await oauth
    .installation(ada)
    .accessToken()
    .catch(() => oauth.installation(ada).accessToken())
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'client_rejected', retryable: false, retryAfterMs: expect.any(Number) })
  const { errorResponse } = await import('../../src/web/error-response.ts')
  const answer = errorResponse(error as never, new Request(`${origin}/deals`))
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([500, null])
  expect(browser.cookieNames).toEqual([])
})
