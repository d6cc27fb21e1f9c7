/** Lives through what docs/guides/connecting-fails.md describes, and compares it with the words of the guide. */
import { readFileSync } from 'node:fs'
import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import { refuseCallbackAddress } from '@pd/test-support/mistakes'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { pipedriveAuth } from '../src/index.ts'
import { Browser, createScene, locationOf, origin } from './scene.ts'

const guide = readFileSync(
  new URL('../../../docs/guides/connecting-fails.md', import.meta.url),
  'utf8',
).replaceAll(/\s+/g, ' ')

/** An application in front of the fake, and what its client writes into the log. */
function createApplication(
  options: Partial<PipedriveOAuthOptions> = {},
  mount = '/pipedrive',
  scene = createScene(),
) {
  const lines: string[] = []
  const logger = { error: write('error'), warn: write('warning'), info: write('info') }
  function write(level: string) {
    return (message: string) => void lines.push(`${level}: ${message}`)
  }
  const auth = pipedriveAuth(scene.client({ logger, ...options }))
  const app = new Hono()
    .route(mount, auth.routes)
    .get('/deals', auth.requireInstallation(), (c) => c.text(c.var.installation.id))
  app.onError(auth.onError)
  return { scene, fake: scene.fake, app, lines }
}

/** Returns the title of a page, after it has seen that the guide quotes it. */
async function quotedTitle(page: Response): Promise<string> {
  const [, title = ''] = /<title>(.*)<\/title>/.exec(await page.text()) ?? []
  expect(guide).toContain(`## "${title}"`)
  return title
}

test('the install link has the port of redirectUri, whichever the server has', async () => {
  const redirectUri = 'http://localhost:3001/pipedrive/callback'
  const { app, lines } = createApplication({ redirectUri })
  const consent = await new Browser(app).send('/deals')
  expect([new URL(locationOf(consent)).port, lines]).toEqual(['3001', []])
})

test('the install link is a 404 of the server if the routes are mounted elsewhere', async () => {
  const { app, lines } = createApplication({ redirectUri: `${origin}/oauth/cb` })
  const user = new Browser(app)
  const install = locationOf(await user.send('/deals'))
  expect(new URL(install).pathname).toBe('/oauth/cb/install')
  expect([(await user.send(install)).status, lines]).toEqual([404, []])
  expect(guide).toContain('`/oauth/cb`, gives `/oauth/cb/install`')
})

test('the fake refuses a callback address that is not the one of the app', async () => {
  const { app, fake, lines } = createApplication({ redirectUri: `${origin}/pipedrive/callback/` }, '/')
  const user = new Browser(app)
  const install = locationOf(await user.send('/deals'))
  const page = await fake.fetch(locationOf(await user.send(install)))
  const text = await page.text()
  expect([page.status, lines]).toEqual([400, []])
  expect(guide).toContain('"This app cannot be installed. The redirect_uri')
  expect(text).toMatch(
    /This app cannot be installed[^]*The redirect_uri .* is not the app(&#39;|')s callback URL/,
  )
})

test('if only the token endpoint refuses the callback address, the user reads "Something went wrong"', async () => {
  const { app, fake, lines } = createApplication()
  refuseCallbackAddress(fake)
  const page = await new Browser(app).connect(fake)
  expect(await quotedTitle(page)).toBe('Something went wrong')
  expect(lines).toEqual([expect.stringMatching(/^error: .*was answered with 500 \(request_rejected/)])
  expect(guide).toContain('`was answered with 500 (request_rejected`')
})

test('a browser without its cookie reads "This link was not started here"', async () => {
  const { app, fake, lines } = createApplication()
  const begun = await new Browser(app).send('/pipedrive/install')
  const page = await new Browser(app).send(await fake.approve(locationOf(begun)))
  expect(await quotedTitle(page)).toBe('This link was not started here')
  expect(lines).toEqual([expect.stringContaining('callback was answered with 400 (state_mismatch')])
  expect(guide).toContain('`GET /pipedrive/callback was answered with 400 (state_mismatch`')
})

test('with another secret of the app, the user reads "Something went wrong"', async () => {
  const { app, fake, lines } = createApplication({ clientSecret: 'of-another-app' })
  const page = await new Browser(app).connect(fake)
  expect(await quotedTitle(page)).toBe('Something went wrong')
  expect(lines).toEqual([expect.stringMatching(/^error: .*was answered with 500 \(client_rejected/)])
  expect(guide).toContain('`was answered with 500 (client_rejected`')
})

const sealedElsewhere = 'a session was sealed with a secret that is not in'

test('a new secret in front signs nobody out, and a new one alone everybody, with one line', async () => {
  const former = 'test-secret-that-is-long-enough-0001'
  const next = 'test-secret-that-is-long-enough-0002'
  const { app, fake, scene } = createApplication({ secrets: [former] })
  const deployed = { app }
  const user = new Browser({ fetch: (request) => deployed.app.fetch(request) })
  await user.connect(fake)

  const alone = createApplication({ secrets: [next] }, undefined, scene)
  deployed.app = alone.app
  const refused = await user.data('/deals')
  expect([refused.status, await refused.json()]).toEqual([
    401,
    expect.objectContaining({ code: 'not_signed_in' }),
  ])
  expect([locationOf(await user.send('/deals')), alone.lines]).toEqual([
    `${origin}/pipedrive/install?returnTo=%2Fdeals`,
    [expect.stringContaining(sealedElsewhere)],
  ])
  expect(guide).toContain(sealedElsewhere)

  deployed.app = createApplication({ secrets: [next, former] }, undefined, scene).app
  expect((await user.send('/deals')).status).toBe(200)
})

/** Returns the part of a line that the guide quotes. */
function quoted(part: string): string {
  expect(guide).toContain(part)
  return part
}

test('a browser that keeps every cookie but the session sees the consent page again, with a line that says so', async () => {
  const { app, fake, lines } = createApplication()
  const user = new Browser({
    fetch: async (request) => {
      const answer = await app.fetch(request)
      const cookies = answer.headers.getSetCookie().filter((cookie) => !cookie.startsWith('pd_session'))
      const kept = new Response(answer.body, answer)
      kept.headers.delete('set-cookie')
      for (const cookie of cookies) kept.headers.append('set-cookie', cookie)
      return kept
    },
  })
  await user.connect(fake)
  const install = locationOf(await user.send('/deals'))
  expect(locationOf(await user.send(install))).toContain('/oauth/authorize')
  expect(lines).toEqual([
    expect.stringContaining(quoted('GET /pipedrive/install sent the user to the consent page once more')),
  ])
  expect(lines[0]).toContain(`(${quoted('session_lost')})`)
})

test('a script of another site sends no session cookie, because it is SameSite=Lax', async () => {
  const { app, fake, lines } = createApplication()
  const connected = await new Browser(app).connect(fake)
  expect(connected.headers.getSetCookie().join()).toMatch(
    new RegExp(`pd_session[^,]*${quoted('SameSite=Lax')}`),
  )
  const answer = await app.request('/deals', { headers: { accept: 'application/json' } })
  expect(await answer.json()).toMatchObject({ code: quoted('not_signed_in') })
  expect([answer.status, lines]).toEqual([401, []])
})

test('an API that does not answer is a 503, and one that refuses a FetchError', async () => {
  const scene = createScene()
  let isAway = false
  const fetch = (...request: Parameters<typeof globalThis.fetch>) =>
    isAway ? Promise.reject(new TypeError('fetch failed')) : scene.fake.fetch(...request)
  const { routes, requireInstallation, onError } = pipedriveAuth(scene.client({ fetch, logger: false }))
  const app = new Hono()
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation(), async (c) =>
      c.json(await c.var.installation.api('/api/v2/nothing')),
    )
  const thrown: unknown[] = []
  app.onError((error, c) => {
    thrown.push(error)
    return onError(error, c)
  })
  const user = new Browser(app)
  await user.connect(scene.fake)
  await user.send('/deals').catch(() => {})
  expect(thrown).toMatchObject([{ name: quoted('FetchError'), status: 404 }])
  isAway = true
  const page = await user.send('/deals')
  expect([page.status, await page.text()]).toEqual([
    503,
    expect.stringContaining('Pipedrive is not answering'),
  ])
  expect(thrown[1]).toMatchObject({ code: quoted('api_unavailable') })
})

test('an uninstall at Pipedrive leaves a line and no record', async () => {
  const { app, fake, lines, scene } = createApplication()
  const user = new Browser(app)
  await user.connect(fake)
  await scene.clock.advance(60_000)
  const credentials = btoa(`${fake.app.clientId}:${fake.app.clientSecret}`)
  const answer = await app.request('/pipedrive/callback', {
    method: 'DELETE',
    headers: { authorization: `Basic ${credentials}` },
    body: JSON.stringify({
      client_id: fake.app.clientId,
      company_id: 1001,
      user_id: 11,
      timestamp: scene.clock.now(),
    }),
  })
  expect(answer.status).toBe(200)
  expect(lines).toEqual([
    expect.stringContaining(
      quoted('a user has uninstalled the app, and the record is deleted (uninstalled, installation 1001:11)'),
    ),
  ])
})

test('two apps on one store are told of by name', async () => {
  const { app, fake, scene } = createApplication()
  const user = new Browser(app)
  await user.connect(fake)
  const lines: string[] = []
  const logger = {
    error: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(line),
  }
  const staging = scene.client({ clientId: 'the-staging-app', logger })
  await expect(staging.installation('1001:11').accessToken()).rejects.toThrow(
    quoted('This record was written by the client id'),
  )
  expect(guide).toContain('foreign_record_replaced')
})
