import { TokenEndpointError, ReauthorizationRequiredError, type WebOptions } from '@pd/oauth-core'
import { Browser } from '@pd/test-support/journey'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth } from '../src/express/index.ts'
import { pipedriveAuth as fastifyAuth } from '../src/fastify/index.ts'
import { browse, connectUser, createScene, locationOf, publicOrigin, versions } from './express/scene.ts'

type Scene = ReturnType<typeof createScene>
/** A response of Express or a reply of Fastify, as far as both are alike. */
interface Answer {
  header(name: string, value: string): unknown
  send(text: string): unknown
}
type Callbacks = Pick<WebOptions<{ readonly answer: Answer }>, 'onConnected' | 'onMissing'>

/** An application with a guarded page, where others have set a cookie and headers before. */
interface Platform {
  readonly name: string
  browse(scene: Scene, callbacks: Callbacks): Promise<Browser>
}

const theirs = [
  ['set-cookie', 'theirs=1; Path=/'],
  ['cache-control', 'public'],
] as const

const onFastify: Platform = {
  name: 'Fastify',
  async browse({ oauth }, { onConnected, onMissing }) {
    const { routes, requireInstallation } = fastifyAuth(oauth, {
      onConnected: onConnected && ((result, web, { reply }) => onConnected(result, web, { answer: reply })),
      onMissing: onMissing && ((error, web, { reply }) => onMissing(error, web, { answer: reply })),
    })
    const app = fastify()
    onTestFinished(() => app.close())
    app.addHook('onRequest', async (_request, reply) => {
      for (const [name, value] of theirs) reply.header(name, value)
    })
    app.setErrorHandler((error: Error, _request, reply) => void reply.code(418).send(error.message))
    await app.register(routes)
    app.get('/deals', { onRequest: requireInstallation() }, ({ installation }) => installation.id)
    return new Browser(await app.listen({ port: 0, host: '127.0.0.1' }), publicOrigin)
  },
}

const onExpress = versions.map(([name, make]): Platform => ({
  name,
  browse({ oauth }, { onConnected, onMissing }) {
    const { routes, requireInstallation, onError } = pipedriveAuth<unknown, Answer>(oauth, {
      onConnected: onConnected && ((result, web, { res }) => onConnected(result, web, { answer: res })),
      onMissing: onMissing && ((error, web, { res }) => onMissing(error, web, { answer: res })),
    })
    const app = make()
    app.use((_req, res, next) => {
      for (const [field, value] of theirs) res.append(field, value)
      next()
    })
    app.use(routes)
    app.get('/deals', requireInstallation(), (req, res) => void res.send(req.installation.id))
    app.use(onError)
    app.use((error: Error, _req: unknown, res: Parameters<typeof app>[1], _next: unknown) => {
      Object.assign(res, { statusCode: 418 }).end(error.message)
    })
    return browse(app)
  },
}))

const namesOf = (answer: Response) =>
  answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0]?.replace(/_\w{8}(?=_|$).*/, ''))

describe.each([...onExpress, onFastify])('on $name', (platform) => {
  test.each([
    ['another error', () => new Error('this tenant is not allowed'), 418],
    ['an error of this library', () => new TokenEndpointError('token_endpoint_unavailable'), 503],
    ['the demand to connect again', () => new ReauthorizationRequiredError('not_installed'), 401],
  ])('an onConnected that throws %s leaves nobody signed in', async (_kind, error, status) => {
    const scene = createScene()
    const user = await platform.browse(scene, {
      onConnected(_result, _request, { answer }) {
        answer.header('x-own', '1')
        throw error()
      },
    })
    const answer = await connectUser(user, scene.fake)
    expect([answer.status, answer.headers.get('x-own')]).toEqual([status, '1'])
    expect(namesOf(answer)).toEqual(status === 418 ? ['theirs'] : ['theirs', 'pd_attempt'])
    if (status === 418) expect(answer.headers.get('cache-control')).toBe('public')
    expect((await user.data('/deals')).status).toBe(401)
  })

  test('F23 a reload goes on where onConnected failed, and signs the user in', async () => {
    const scene = createScene()
    let isAway = true
    const user = await platform.browse(scene, {
      onConnected() {
        if (isAway) throw new TokenEndpointError('token_endpoint_unavailable')
      },
    })
    const callback = await scene.fake.approve(
      locationOf(await user.page('/pipedrive/install?returnTo=/deals')),
    )
    expect((await user.page(callback)).status).toBe(503)
    isAway = false
    expect(locationOf(await user.page(callback))).toBe('/deals')
    expect((await user.data('/deals')).status).toBe(200)
  })

  test('an own answer to a callback is kept by no cache and tells no other site its address', async () => {
    const own: Callbacks['onConnected'][] = [
      () => new Response('<p>own', { headers: { 'content-type': 'text/html' } }),
      (_result, _request, { answer }) => void answer.send('<p>own'),
    ]
    for (const onConnected of own) {
      const scene = createScene()
      const answer = await connectUser(await platform.browse(scene, { onConnected }), scene.fake)
      expect(await answer.text()).toBe('<p>own')
      expect(answer.headers.get('referrer-policy')).toBe('same-origin')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(namesOf(answer)).toEqual(['theirs', 'pd_attempt', 'pd_session'])
    }
  })

  test('an own answer to a callback may say otherwise', async () => {
    const headers = { 'referrer-policy': 'no-referrer', 'cache-control': 'private' }
    const own: Callbacks['onConnected'][] = [
      () => new Response('own', { headers }),
      (_result, _request, { answer }) => {
        for (const [name, value] of Object.entries(headers)) answer.header(name, value)
        answer.send('own')
      },
    ]
    for (const onConnected of own) {
      const scene = createScene()
      const answer = await connectUser(await platform.browse(scene, { onConnected }), scene.fake)
      for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toBe(value)
    }
  })

  test('an onMissing that answers a callback gets the same headers, and no session', async () => {
    const own: Callbacks['onMissing'][] = [
      () => new Response('own'),
      (_error, _request, { answer }) => void answer.send('own'),
    ]
    for (const onMissing of own) {
      const scene = createScene()
      const onConnected = () => {
        throw new ReauthorizationRequiredError('reauthorization_required')
      }
      const answer = await connectUser(await platform.browse(scene, { onConnected, onMissing }), scene.fake)
      expect(await answer.text()).toBe('own')
      expect(answer.headers.get('referrer-policy')).toBe('same-origin')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(namesOf(answer)).toEqual(['theirs', 'pd_attempt'])
    }
  })

  test('an onConnected that finds the grant gone puts neither code nor state into the install link', async () => {
    const scene = createScene()
    const user = await platform.browse(scene, {
      onConnected() {
        throw new ReauthorizationRequiredError('reauthorization_required', '1001:11')
      },
    })
    const answer = await connectUser(user, scene.fake)
    expect([answer.status, answer.headers.get('location')]).toEqual([401, null])
    const page = await answer.text()
    expect(page).toContain(`href="${publicOrigin}/pipedrive/install"`)
    expect(page).not.toMatch(/code=|state=/)
  })
})
