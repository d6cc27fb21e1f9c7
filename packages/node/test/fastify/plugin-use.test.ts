import { rawRequest } from '@pd/test-support/raw-request'
import fastify, { type FastifyInstance } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth, toFastifyHook } from '../../src/fastify/index.ts'
import { createScene } from '../express/scene.ts'

async function listen(app: FastifyInstance): Promise<string> {
  onTestFinished(() => app.close())
  return app.listen({ port: 0, host: '127.0.0.1' })
}

test('what a handler throws that is no error reaches the error handler as the cause of one', async () => {
  const app = fastify()
  const seen: Error[] = []
  app.setErrorHandler((error: Error, _request, reply) => {
    seen.push(error)
    return reply.code(500).send('told')
  })
  app.addHook(
    'onRequest',
    toFastifyHook(() => {
      throw 'no database'
    }),
  )
  app.get('/', () => 'reached')
  expect((await app.inject('/')).body).toBe('told')
  expect(seen).toEqual([expect.objectContaining({ cause: 'no database' })])
})

test('a guard of the application and one of the route may both stand before a handler', async () => {
  const { fake, oauth } = createScene()
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  const { requireInstallation } = pipedriveAuth(oauth, { identify: () => installation.id })
  const app = fastify()
  app.addHook('onRequest', requireInstallation())
  app.get('/deals', { preHandler: requireInstallation() }, (request) => request.installation.id)
  expect((await app.inject('/deals')).body).toBe(installation.id)
})

test('the routes are known by their name to other plugins, and say which Fastify they need', async () => {
  const { routes } = pipedriveAuth(createScene().oauth)
  const app = fastify()
  await app.register(routes)
  expect(app.hasPlugin('@pd/oauth-node/fastify')).toBe(true)
  expect(routes).toMatchObject({ [Symbol.for('plugin-meta')]: { fastify: '5.x' } })
})

test('onConnected sees the public address of the callback, whatever the host behind the proxy is', async () => {
  const { fake, oauth } = createScene()
  const seen: string[] = []
  const app = fastify()
  await app.register(
    pipedriveAuth(oauth, { onConnected: (_result, { url }) => void seen.push(new URL(url).origin) }).routes,
  )
  const begun = await app.inject({ url: '/pipedrive/install', headers: { host: 'localhost:3000' } })
  const { pathname, search } = new URL(await fake.approve(String(begun.headers['location'])))
  const cookie = begun.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  await app.inject({ url: pathname + search, headers: { host: '10.0.0.7:8080', cookie } })
  expect(seen).toEqual(['http://localhost:3000'])
})

test('targets that are no path, for which the routes are not asked, get the answer of the application', async () => {
  const { routes } = pipedriveAuth(createScene().oauth)
  const ask = async (registers: boolean) => {
    const app = fastify()
    if (registers) await app.register(routes)
    app.setNotFoundHandler((_request, reply) => reply.code(404).send('own 404'))
    return rawRequest(await listen(app), ['GET http://evil.example/deals HTTP/1.1', 'Host: localhost'])
  }
  const withoutDate = (answer: string) => answer.replace(/^date: .*$/im, '')
  expect(withoutDate(await ask(true))).toBe(withoutDate(await ask(false)))
  expect(await ask(true)).toContain('own 404')
})

test('toFastifyHook() answers an invalid Host with 400', async () => {
  const app = fastify()
  app.addHook(
    'onRequest',
    toFastifyHook(() => new Response('reached')),
  )
  const origin = await listen(app)
  expect(await rawRequest(origin, ['GET / HTTP/1.1', 'Host: a/b'])).toMatch(/^HTTP\/1.1 400 [^]*Bad Request$/)
  expect(await rawRequest(origin, ['GET / HTTP/1.1', 'Host: a'])).toContain('reached')
})

test('toFastifyHook() refuses an option that it does not have, where the hook is made', () => {
  expect(() => toFastifyHook(() => undefined, { trustProxy: true } as object)).toThrow(
    expect.objectContaining({ problems: ['toFastifyHook(): trustProxy is not a known option'] }),
  )
  expect(() => toFastifyHook(() => undefined, { origin: 'localhost' })).toThrow('origin must be an origin')
})
