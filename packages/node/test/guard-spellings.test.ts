import { createServer, type RequestListener } from 'node:http'
import connect from 'connect'
import fastify from 'fastify'
import { createWebAuth } from '@pd/oauth-core/adapter'
import { PipedriveOAuthError } from '@pd/oauth-core'
import { rawRequest } from '@pd/test-support/raw-request'
import { spellingsOfRoutes } from '@pd/test-support/spellings-of-routes'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../src/express/index.ts'
import { pipedriveAuth as fastifyAuth } from '../src/fastify/index.ts'
import { toNodeListener } from '../src/index.ts'
import { createScene, versions } from './express/scene.ts'
import { serve } from './servers.ts'

const ask = (origin: string, target: string) =>
  rawRequest(origin, [`GET ${target} HTTP/1.1`, 'Host: localhost:3000'])

/** Sends every spelling without a cookie. Returns those that reached a handler, and the statuses of all. */
async function sendAll(origin: string) {
  const passed: string[] = []
  const statuses = new Set<string>()
  for (const target of spellingsOfRoutes()) {
    const answer = await ask(origin, target)
    statuses.add(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    if (answer.includes('reached')) passed.push(target)
  }
  return { passed, statuses: [...statuses] }
}

const reached: RequestListener = (_req, res) => void res.end('reached')

describe.each(versions)('%s', (_name, make) => {
  test('F97 no spelling of a route passes the guard of another path', async () => {
    const { routes, requireInstallation } = pipedriveAuth(createScene().oauth)
    const app = make()
    app.get('/deals/:id', requireInstallation(), reached)
    app.use('/sub', requireInstallation(), reached)
    app.use(routes)
    const { passed, statuses } = await sendAll(await serve(createServer(app)))
    expect([passed, statuses.includes('401')]).toEqual([[], true])
  })

  test('F97 no spelling of a route passes the guard of a whole application', async () => {
    const app = make()
    app.use(pipedriveAuth(createScene().oauth).requireInstallation(), reached)
    expect(await sendAll(await serve(createServer(app)))).toEqual({ passed: [], statuses: ['401'] })
  })

  test('F97 the routes pass as they are written, with any query', async () => {
    const { routes, requireInstallation } = pipedriveAuth(createScene().oauth)
    const app = make()
    app.use(requireInstallation(), routes)
    const origin = await serve(createServer(app))
    expect(await ask(origin, '/pipedrive/install?returnTo=/a?b/../c')).toMatch(/^HTTP\/1.1 302/)
    expect(await ask(origin, '/pipedrive/callback?error=user_denied')).toMatch(/^HTTP\/1.1 403/)
    expect(await ask(origin, '/pipedrive/logout')).toMatch(/^HTTP\/1.1 405/)
  })
})

test('F97 no spelling of a route passes the guard on Connect', async () => {
  const { routes, requireInstallation } = pipedriveAuth(createScene().oauth)
  const app = connect()
  app.use('/sub', requireInstallation()).use('/sub', reached).use(routes)
  const { passed, statuses } = await sendAll(await serve(createServer(app)))
  expect([passed, statuses.includes('401')]).toEqual([[], true])
})

test('F97 no spelling of a route passes the guard on node:http', async () => {
  const auth = createWebAuth(createScene().oauth)
  const listener = toNodeListener(async (request, { req: { url = '' } }) => {
    try {
      if (!auth.isRoute({ url })) await auth.admit(request, undefined)
      return new Response('reached')
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      return auth.answer(error, request, undefined)
    }
  })
  expect(await sendAll(await serve(createServer(listener)))).toEqual({ passed: [], statuses: ['401'] })
})

test('F97 no spelling of a route passes the guard on Fastify', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  const { requireInstallation } = fastifyAuth(createScene().oauth)
  app.get('/*', { onRequest: requireInstallation() }, () => 'reached')
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  expect(await sendAll(origin)).toEqual({ passed: [], statuses: ['401'] })
})
