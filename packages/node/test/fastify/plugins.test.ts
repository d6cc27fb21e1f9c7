import { ConfigurationError, type PipedriveOAuth } from '@pd/oauth-core'
import { Browser } from '@pd/test-support/journey'
import fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../../src/fastify/index.ts'
import { connectUser, createScene, locationOf, publicOrigin } from '../express/scene.ts'

type Register = (app: FastifyInstance, routes: FastifyPluginAsync) => Promise<unknown>

/** Where a team may register the routes, and what else is there. */
const places: [place: string, register: Register][] = [
  ['the application', async (app, routes) => app.register(routes)],
  ['the application, with a prefix', async (app, routes) => app.register(routes, { prefix: '/mounted' })],
  ['a plugin', async (app, routes) => app.register(async (child) => void child.register(routes))],
  [
    'a plugin in a plugin',
    async (app, routes) =>
      app.register(async (child) => child.register(async (inner) => void inner.register(routes))),
  ],
  [
    'a plugin whose prefix is where the callback lies',
    async (app, routes) =>
      app.register(async (child) => void child.register(routes), { prefix: '/pipedrive' }),
  ],
  [
    'a plugin whose prefix ends with a slash',
    async (app, routes) =>
      app.register(async (child) => void child.register(routes), { prefix: '/pipedrive/' }),
  ],
  [
    'a plugin beside an answer to every other path',
    async (app, routes) => {
      app.setNotFoundHandler((_request, reply) => reply.code(404).send('own 404'))
      await app.register(async (child) => void child.all('/*', () => 'every other path'))
      await app.register(async (child) => void child.register(routes))
    },
  ],
  [
    'the application, behind a plugin that answers every path',
    async (app, routes) => {
      await app.register(async (child) => void child.all('/*', () => 'every other path'))
      await app.register(routes)
    },
  ],
  [
    'the application, behind a plugin that answers what is not found',
    async (app, routes) => {
      const notFound: FastifyPluginAsync = async (child) =>
        void child.setNotFoundHandler((_request, reply) => reply.code(404).send('own 404'))
      await app.register(notFound, { prefix: '/pipedrive' })
      await app.register(routes)
    },
  ],
]

async function start(oauth: PipedriveOAuth, register: Register): Promise<Browser> {
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  const app = fastify({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  app.setErrorHandler(onError)
  app.get('/deals', { onRequest: requireInstallation() }, ({ installation }) => installation.id)
  await register(app, routes)
  return new Browser(await app.listen({ port: 0, host: '127.0.0.1' }), publicOrigin)
}

describe.each(places)('registered in %s', (_place, register) => {
  test('the routes connect a user, hear of the uninstall and sign out', async () => {
    const { fake, oauth } = createScene()
    const user = await start(oauth, register)
    expect(locationOf(await connectUser(user, fake))).toBe('/deals')
    expect(await (await user.data('/deals')).text()).toBe('1001:11')
    expect((await user.send('/pipedrive/install', { method: 'HEAD' })).status).toBe(302)
    const { request } = await fake.uninstall()
    const { headers } = request
    const notice = await user.send(request.url, { method: 'DELETE', headers, body: await request.text() })
    expect([notice.status, await oauth.installation('1001:11').describe()]).toEqual([200, undefined])
    const signOut = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }
    expect((await user.send('/pipedrive/logout', signOut)).status).toBe(204)
    expect((await user.send('/pipedrive/disconnect', signOut)).status).toBe(401)
  })
})

test.each(['/api', '/pipe', '/pipedrive/callback', '/:tenant'])(
  'in a plugin with the prefix %s, the routes cannot be where redirectUri says, and the start fails',
  async (prefix) => {
    const started = start(createScene().oauth, async (app, routes) =>
      app.register(async (child) => void child.register(routes), { prefix }),
    )
    await expect(started).rejects.toThrow(ConfigurationError)
    await expect(started).rejects.toThrow(`${prefix} `)
  },
)

test('a callback without /callback at its end is served in a plugin with the same prefix', async () => {
  const redirectUri = `${publicOrigin}/pipedrive`
  const { fake, oauth } = createScene({ redirectUri }, { redirectUri })
  const user = await start(oauth, async (app, routes) =>
    app.register(async (child) => void child.register(routes), { prefix: '/pipedrive' }),
  )
  expect(locationOf(await connectUser(user, fake))).toBe('/deals')
})

test('a callback path of any characters is served', async () => {
  for (const path of ['/größe/a:b', '/a%25b/x', '/a(b)', '/a;b', '/a@b~c', '/x{y}']) {
    const redirectUri = `${publicOrigin}${path}/callback`
    const { fake, oauth } = createScene({ redirectUri }, { redirectUri })
    const user = await start(oauth, async (app, routes) =>
      app.register(async (child) => void child.register(routes)),
    )
    const begun = await user.page(`${path}/install?returnTo=/deals`)
    expect(locationOf(await user.page(await fake.approve(locationOf(begun)))), path).toBe('/deals')
  }
})
