/** Lives through what docs/guides/connecting-fails.md describes, and compares it with the words of the guide. */
import { readFileSync } from 'node:fs'
import type { PipedriveOAuthOptions } from '@pd/oauth-core'
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
  const logger = { error: write('error'), warn: write('warning') }
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
