import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { StoreError, type WebOptions } from '@pd/oauth-core'
import { rawRequest } from '@pd/test-support/raw-request'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  pipedriveAuth,
  toFastifyHook,
  type FastifyContext,
  type FastifyHook,
} from '../../src/fastify/index.ts'
import { createScene } from '../express/scene.ts'

const hooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

type Guard = FastifyHook<FastifyRequest, FastifyReply>

/** What an application can do with a guard. */
const uses: [name: string, use: (guard: Guard) => Guard | AsyncHook][] = [
  ['is a hook', (guard) => guard],
  [
    'is awaited by a hook',
    (guard) => async (request: FastifyRequest, reply: FastifyReply) => {
      await guard(request, reply)
    },
  ],
  [
    'is returned by a hook',
    (guard) => async (request: FastifyRequest, reply: FastifyReply) => guard(request, reply),
  ],
]
type AsyncHook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/** How long `onSend` hooks take, unless a test says so. */
const slowly = () => pause(20)

/** A server whose hook `onSend` takes its time. It counts how often a handler behind the guard has run. */
async function listen(
  hook: (typeof hooks)[number],
  options: WebOptions<FastifyContext> = {},
  {
    use = uses[0]![1],
    sending = slowly,
  }: { use?: (typeof uses)[number][1]; sending?: () => Promise<void> } = {},
) {
  const { oauth } = createScene()
  const { requireInstallation, onError } = pipedriveAuth(oauth, options)
  const app = fastify()
  const count = { sends: 0, handled: 0, left: 0 }
  const sent = Promise.withResolvers<void>()
  app.setErrorHandler(onError)
  app.addHook('onSend', async () => {
    count.sends++
    await sending()
    sent.resolve()
  })
  app.addHook('onRequestAbort', async (_request) => void count.left++)
  app.all('/*', { [hook]: use(requireInstallation({ scopes: ['deals:full'] })) }, () => {
    count.handled++
    return 'handled'
  })
  onTestFinished(() => app.close())
  return { count, origin: await app.listen({ port: 0, host: '127.0.0.1' }), sent: sent.promise }
}

const streamed = () =>
  new Response(
    new ReadableStream({
      async start(controller) {
        for (const part of ['own ', 'answer']) {
          controller.enqueue(new TextEncoder().encode(part))
          await pause(5)
        }
        controller.close()
      },
    }),
    { status: 403 },
  )

/** Each answer of the guard: the request, the options that lead to it, and how it begins. */
const answers: [name: string, request: string[], options: WebOptions<FastifyContext>, start: RegExp][] = [
  ['401', ['POST /x HTTP/1.1', 'Content-Length: 0'], {}, /^HTTP\/1.1 401 [^]*"code":"not_signed_in"/],
  ['302', ['GET /x HTTP/1.1', 'Accept: text/html'], {}, /^HTTP\/1.1 302 /],
  ['401 to HEAD', ['HEAD /x HTTP/1.1'], {}, /^HTTP\/1.1 401 /],
  ['400', ['GET http://evil.example/x HTTP/1.1'], {}, /^HTTP\/1.1 400 /],
  [
    'a Response of onMissing',
    ['GET /x HTTP/1.1'],
    { onMissing: () => new Response('own', { status: 418 }) },
    /^HTTP\/1.1 418 /,
  ],
  [
    'a stream of onMissing',
    ['GET /x HTTP/1.1'],
    { onMissing: streamed },
    /^HTTP\/1.1 403 [^]*own [^]*answer/,
  ],
  [
    "onMissing's own answer through the reply",
    ['GET /x HTTP/1.1'],
    {
      onMissing: (_error, _request, { reply }) =>
        void reply.code(418).header('set-cookie', 'theme=dark').send({ own: true }),
    },
    /^HTTP\/1.1 418 [^]*set-cookie: theme=dark[^]*"own":true/,
  ],
]

const everyUse = hooks.flatMap((hook) => uses.map(([name, use]) => ({ hook, name, use })))

for (const { hook, name, use } of everyUse) {
  test.each(answers)(
    `F92 a guard in ${hook} that ${name} and answers %s ends the request, also if onSend hooks are slow`,
    async (...[, request, options, start]) => {
      const { count, origin } = await listen(hook, options, { use })
      expect(await rawRequest(origin, [...request, 'Host: x'])).toMatch(start)
      await pause(0)
      expect(count).toEqual({ sends: 1, handled: 0, left: 0 })
    },
  )

  test(`F92 a guard in ${hook} that ${name} ends the request of a client that leaves before the answer is sent`, async () => {
    const gate = Promise.withResolvers<void>()
    const { count, origin, sent } = await listen(hook, {}, { use, sending: () => gate.promise })
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    await vi.waitUntil(() => count.sends > 0, patience)
    socket.destroy()
    await vi.waitUntil(() => count.left > 0, patience)
    await pause(0)
    gate.resolve()
    await sent
    await pause(0)
    expect(count).toEqual({ sends: 1, handled: 0, left: 1 })
  })
}

/** A safety limit. Vitest's own, 1 second, is short for a busy machine. */
const patience = { timeout: 20_000 }

test.each(everyUse)('F92 a guard in $hook that $name lets a user pass', async ({ hook, use }) => {
  const { fake, oauth } = createScene()
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  const { requireInstallation } = pipedriveAuth(oauth, { identify: () => installation.id })
  const app = fastify()
  app.post('/x', { [hook]: use(requireInstallation()) }, (request) => request.installation.id)
  expect((await app.inject({ method: 'POST', url: '/x', payload: { a: 1 } })).body).toBe(installation.id)
})

test.each(everyUse)(
  'F92 an error of a guard in $hook that $name goes to the error handler',
  async ({ hook, use }) => {
    const { oauth } = createScene()
    const identify = () => {
      throw new Error('no database')
    }
    const app = fastify()
    app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send(`told: ${error.message}`))
    app.get('/x', { [hook]: use(pipedriveAuth(oauth, { identify }).requireInstallation()) }, () => 'handled')
    expect((await app.inject('/x')).body).toBe('told: no database')
  },
)

test('F92 a handler that awaits a guard, or a hook of toFastifyHook(), does nothing more once that has answered', async () => {
  const { oauth } = createScene()
  const refusing: Guard[] = [
    pipedriveAuth(oauth).requireInstallation(),
    toFastifyHook(() => new Response('no', { status: 401 })),
  ]
  const passing = toFastifyHook(() => undefined)
  for (const guard of refusing) {
    const app = fastify()
    app.addHook('onSend', slowly)
    app.get('/refused', async (request, reply) => {
      await guard(request, reply)
      return 'handled'
    })
    app.get('/passed', async (request, reply) => {
      await passing(request, reply)
      return 'handled'
    })
    expect((await app.inject('/refused')).statusCode).toBe(401)
    expect((await app.inject('/passed')).body).toBe('handled')
  }
})

/** Every answer whose `onSend` hooks may meet an error of this library. */
const failing: [name: string, url: string, options: WebOptions<FastifyContext>][] = [
  ['of the guard', '/x', {}],
  ['of the guard, after onMissing had none', '/x', { onMissing: () => undefined }],
  ['that onMissing returns', '/x', { onMissing: () => new Response('own', { status: 418 }) }],
  [
    'of onMissing through the reply',
    '/x',
    { onMissing: (_error, _request, { reply }) => void reply.code(418).send('own') },
  ],
  [
    'of onMissing through the reply, which then waits',
    '/x',
    {
      onMissing: async (_error, _request, { reply }) => {
        reply.code(418).send('own')
        await pause(10)
      },
    },
  ],
  ['of a route', '/pipedrive/disconnect', { onMissing: () => undefined }],
  [
    'of onMissing on a route, through the reply',
    '/pipedrive/disconnect',
    { onMissing: (_error, _request, { reply }) => void reply.code(418).send('own') },
  ],
]

test.each(failing)(
  'F92 an onSend hook that fails ends an answer %s with one answer',
  async (_, url, options) => {
    for (const isSlow of [false, true]) {
      const { oauth } = createScene()
      const { requireInstallation, routes, onError } = pipedriveAuth(oauth, options)
      const app = fastify()
      let sends = 0
      let answers = 0
      app.setErrorHandler(onError)
      app.addHook('onSend', async () => {
        if (isSlow) await pause(20)
        if (sends++ === 0) throw new StoreError('store_unavailable', 'no session store')
      })
      app.addHook('onResponse', async () => void answers++)
      await app.register(routes)
      app.post('/x', { onRequest: requireInstallation() }, () => 'handled')
      const headers = { origin: 'http://localhost:3000' }
      const answer = await app.inject({ method: 'POST', url, headers })
      expect([401, 503]).toContain(answer.statusCode)
      expect(answer.body).not.toContain('handled')
      await vi.waitUntil(() => answers > 0, patience)
      expect([sends, answers]).toEqual([2, 1])
      await app.close()
    }
  },
)

test('F92 an error of onMissing after its answer through the reply leaves that answer', async () => {
  const { oauth } = createScene()
  const { requireInstallation, onError } = pipedriveAuth(oauth, {
    onMissing(_error, _request, { reply }) {
      reply.code(418).send('own')
      throw new StoreError('store_unavailable', 'no session store')
    },
  })
  const app = fastify()
  app.setErrorHandler(onError)
  app.addHook('onSend', slowly)
  app.get('/x', { onRequest: requireInstallation() }, () => 'handled')
  const { statusCode, body } = await app.inject('/x')
  expect([statusCode, body]).toEqual([418, 'own'])
})
