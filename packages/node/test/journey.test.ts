import { createFakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, PipedriveOAuthError, type TokenStore } from '@pd/oauth-core'
import { createWebAuth } from '@pd/oauth-core/adapter'
import { drive, expectedJourney, redirectUri } from '@pd/test-support/journey'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../src/express/index.ts'
import { pipedriveAuth as fastifyAuth } from '../src/fastify/index.ts'
import { versions } from './express/scene.ts'
import { everyPlatform, platforms, serveExpress } from './servers.ts'

async function startFake() {
  const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true })
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  const make = (store: TokenStore) =>
    new PipedriveOAuth({
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      redirectUri,
      secrets: ['only-for-tests-0123456789-0123456789'],
      endpoints: { oauth: origin, api: origin },
      store,
    })
  return { fake, make }
}

/** An application as a Web handler. */
function createHandler(oauth: PipedriveOAuth): (request: Request) => Promise<Response | undefined> {
  const auth = createWebAuth(oauth)
  return async (request) => {
    if (new URL(request.url).pathname !== '/deals') return auth.handle(request, undefined)
    try {
      const installation = await auth.admit(request, undefined)
      const { data } = await installation.api<{ data: object[] }>('/api/v2/deals')
      return Response.json({ deals: data })
    } catch (error) {
      if (error instanceof PipedriveOAuthError) return auth.answer(error, request, undefined)
      throw error
    }
  }
}

test.each(everyPlatform)(
  'a Web handler goes the whole way on %s, as two servers over one store',
  async (platform) => {
    const { fake, make } = await startFake()
    const store = memoryStore()
    const start = () => platforms[platform](createHandler(make(store)))
    const journey = await drive(fake, [await start(), await start()])
    expect(journey).toEqual(expectedJourney(journey.deals))
    expect(journey.deals).toBeGreaterThan(0)
  },
)

test.each(versions)(
  'the middleware goes the whole way on %s, as two servers over one store',
  async (_name, make) => {
    const stage = await startFake()
    const store = memoryStore()
    const start = () => {
      const oauth = stage.make(store)
      const app = make()
      // As many applications have it, in front of everything.
      app.use(make.json(), make.text())
      const { routes, requireInstallation } = pipedriveAuth(oauth)
      app.use(routes)
      app.get('/deals', requireInstallation(), (req, res, next) => {
        void req.installation
          .api<{ data: object[] }>('/api/v2/deals')
          .then(({ data }) => res.json({ deals: data }), next)
      })
      return serveExpress(app, async (_req, _res, next) => next?.(), {
        next: (_req, res) => res.writeHead(404).end(),
      })
    }
    const journey = await drive(stage.fake, [await start(), await start()])
    expect(journey).toEqual(expectedJourney(journey.deals))
  },
)

test('the plugin of Fastify goes the whole way, as two servers over one store', async () => {
  const { fake, make } = await startFake()
  const store = memoryStore()
  const start = async () => {
    const { routes, requireInstallation, onError } = fastifyAuth(make(store))
    const app = fastify()
    app.setErrorHandler(onError)
    await app.register(routes)
    app.get('/deals', { preHandler: requireInstallation() }, async ({ installation }) => {
      const { data } = await installation.api<{ data: object[] }>('/api/v2/deals')
      return { deals: data }
    })
    onTestFinished(() => app.close())
    return app.listen({ port: 0, host: '127.0.0.1' })
  }
  const journey = await drive(fake, [await start(), await start()])
  expect(journey).toEqual(expectedJourney(journey.deals))
})
