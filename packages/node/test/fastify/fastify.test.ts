import { type PipedriveOAuth, ReauthorizationRequiredError, StoreError } from '@pd/oauth-core'
import { rawRequest } from '@pd/test-support/raw-request'
import fastify, { type FastifyInstance } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth, type FastifyContext } from '../../src/fastify/index.ts'
import { createScene } from '../express/scene.ts'

async function listen(app: FastifyInstance): Promise<string> {
  onTestFinished(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

/** A page, as a browser asks for it. */
const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

async function createApp(
  oauth: PipedriveOAuth,
  options: Parameters<typeof pipedriveAuth>[1] = {},
): Promise<FastifyInstance> {
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth, options)
  const app = fastify()
  app.setErrorHandler(onError)
  await app.register(routes)
  app.get('/deals', { onRequest: requireInstallation() }, async ({ installation }) => {
    const { data } = await installation.api<{ data: object[] }>('/api/v2/deals')
    return { deals: data }
  })
  app.get('/open', () => ({ ok: true }))
  return app
}

/** Connects a user through the routes. Resolves to his cookies. */
async function connect(app: FastifyInstance, fake: ReturnType<typeof createScene>['fake']): Promise<string> {
  const begun = await app.inject({ url: '/pipedrive/install?returnTo=/deals', headers: page })
  const cookies = (answer: { cookies: { name: string; value: string }[] }) =>
    answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const { pathname, search } = new URL(await fake.approve(String(begun.headers['location'])))
  const ended = await app.inject({ url: pathname + search, headers: { ...page, cookie: cookies(begun) } })
  expect(ended.headers['location']).toBe('/deals')
  return cookies(ended)
}

test('a page without a session is redirected to the install link, another request gets JSON', async () => {
  const { oauth } = createScene()
  const app = await createApp(oauth)
  const redirected = await app.inject({ url: '/deals', headers: page })
  expect(redirected.statusCode).toBe(302)
  expect(redirected.headers['location']).toContain('/pipedrive/install?returnTo=%2Fdeals')
  const refused = await app.inject({ url: '/deals', headers: { accept: 'application/json' } })
  expect(refused.statusCode).toBe(401)
  expect(refused.json()).toMatchObject({ code: 'not_signed_in' })
})

test('the guard of a whole application lets the routes pass', async () => {
  const { fake, oauth } = createScene()
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  const app = fastify()
  app.setErrorHandler(onError)
  app.addHook('onRequest', requireInstallation())
  await app.register(routes)
  app.get('/deals', (request) => ({ id: request.installation.id }))
  const cookie = await connect(app, fake)
  expect((await app.inject({ url: '/deals', headers: { cookie } })).json()).toEqual({ id: '1001:11' })
  expect((await app.inject({ url: '/deals' })).statusCode).toBe(401)
  await fake.uninstall(
    { companyId: 1001, id: 11 },
    {
      async deliver(input) {
        const notice = new Request(input)
        const { statusCode } = await app.inject({
          method: 'DELETE',
          url: new URL(notice.url).pathname,
          headers: Object.fromEntries(notice.headers),
          payload: await notice.text(),
        })
        expect(statusCode).toBe(200)
        return new Response(null, { status: statusCode })
      },
    },
  )
  expect((await app.inject({ url: '/deals', headers: { cookie } })).statusCode).toBe(401)
})

test('routes in a plugin with a prefix and a body parser work, and headers of other hooks stay', async () => {
  const { fake, oauth } = createScene()
  const app = fastify()
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-frame-options', 'DENY').header('set-cookie', 'theme=dark')
  })
  app.addHook('onSend', async (_request, reply) => void reply.header('x-served-by', 'fastify'))
  await app.register(pipedriveAuth(oauth).routes, { prefix: '/mounted' })
  const begun = await app.inject({ url: '/pipedrive/install', headers: page })
  expect(begun.statusCode).toBe(302)
  expect(begun.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-served-by': 'fastify' })
  expect(begun.cookies.map(({ name }) => name)).toEqual(['theme', expect.stringContaining('pd_attempt')])
  await connect(app, fake)
})

test('errors of the library are answered, others and their own handler go on', async () => {
  const { oauth } = createScene()
  const { routes, onError } = pipedriveAuth(oauth)
  const app = fastify()
  app.setErrorHandler((_error, _request, reply) => void reply.code(418).send('outer'))
  await app.register(async (inner) => {
    inner.setErrorHandler(onError)
    inner.get('/store', () =>
      Promise.reject(new StoreError('store_unavailable', 'x', { retryAfterMs: 2_000 })),
    )
    inner.get('/missing', () => Promise.reject(new ReauthorizationRequiredError('not_installed')))
    inner.get('/other', () => Promise.reject(new Error('other')))
  })
  await app.register(routes)
  const store = await app.inject({ url: '/store' })
  expect([store.statusCode, store.headers['retry-after'], store.json().code]).toEqual([
    503,
    '2',
    'store_unavailable',
  ])
  expect((await app.inject({ url: '/missing', headers: page })).statusCode).toBe(302)
  expect((await app.inject({ url: '/other' })).body).toBe('outer')
})

test('request.installation without the guard is a mistake that says what is missing', async () => {
  const { oauth } = createScene()
  const app = fastify()
  await app.register(pipedriveAuth(oauth).routes)
  app.get('/unguarded', (request) => request.installation.id)
  const { statusCode, body } = await app.inject({ url: '/unguarded' })
  expect(statusCode).toBe(500)
  expect(body).toContain('requireInstallation()')
})

test('request.installation behind the guard needs no routes in the same application', async () => {
  const { fake, oauth } = createScene()
  const cookie = await connect(await createApp(oauth), fake)
  const app = fastify()
  const guard = pipedriveAuth(oauth).requireInstallation()
  app.get('/deals', { preHandler: guard }, (request) => request.installation.id)
  expect((await app.inject({ url: '/deals', headers: { cookie } })).body).toBe('1001:11')
})

test('callbacks get the request and reply of Fastify, and may answer through the reply', async () => {
  const { oauth } = createScene()
  const seen: FastifyContext[] = []
  const app = await createApp(oauth, {
    identify: (_request, context) => void seen.push(context),
    onMissing: (error, _request, { reply }) => void reply.code(403).send({ own: error.code }),
  })
  const { statusCode, body } = await app.inject({ url: '/deals?x=1' })
  expect([statusCode, JSON.parse(body)]).toEqual([403, { own: 'not_signed_in' }])
  expect(seen[0]?.request.url).toBe('/deals?x=1')
})

test('callbacks may return the reply through which they answer', async () => {
  const { fake, oauth } = createScene()
  const app = await createApp(oauth, {
    onMissing: (error, _request, { reply }) => reply.redirect(`/sign-in?${error.code}`),
    onConnected: async (_result, _request, { reply }) => reply.redirect('/deals'),
  })
  const refused = await app.inject({ url: '/deals' })
  expect([refused.statusCode, refused.headers['location']]).toEqual([302, '/sign-in?not_signed_in'])
  const cookie = await connect(app, fake)
  expect((await app.inject({ url: '/deals', headers: { cookie } })).statusCode).toBe(200)
})

test('a request target that no URL has never passes the guard', async () => {
  const { oauth } = createScene()
  const { requireInstallation } = pipedriveAuth(oauth)
  const app = fastify()
  app.get('/*', { onRequest: requireInstallation() }, () => 'reached')
  const answer = await rawRequest(await listen(app), ['GET //[ HTTP/1.1', 'Host: x'])
  expect(answer).not.toContain('reached')
})

test('an unknown option of the plugin and of the guard is refused by its name', () => {
  const { oauth } = createScene()
  expect(() => pipedriveAuth(oauth, { sesionMs: 1 } as object)).toThrow('sesionMs')
  expect(() => pipedriveAuth(oauth).requireInstallation({ scope: [] } as object)).toThrow('scope')
})
