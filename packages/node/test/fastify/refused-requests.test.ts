import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { WebOptions } from '@pd/oauth-core'
import { rawRequest } from '@pd/test-support/raw-request'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { pipedriveAuth, type FastifyContext } from '../../src/fastify/index.ts'
import { createScene } from '../express/scene.ts'

const hooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

/** A server whose hook `onSend` takes its time. It counts how often a handler behind the guard has run. */
async function listen(hook: (typeof hooks)[number], options: WebOptions<FastifyContext> = {}) {
  const { oauth } = createScene()
  const { requireInstallation, onError } = pipedriveAuth(oauth, options)
  const app = fastify()
  const count = { sends: 0, handled: 0, left: 0 }
  app.setErrorHandler(onError)
  app.addHook('onSend', async () => {
    count.sends++
    await pause(20)
  })
  app.addHook('onRequestAbort', async (_request) => void count.left++)
  app.all('/*', { [hook]: requireInstallation({ scopes: ['deals:full'] }) }, () => {
    count.handled++
    return 'handled'
  })
  onTestFinished(() => app.close())
  return { count, origin: await app.listen({ port: 0, host: '127.0.0.1' }) }
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

for (const hook of hooks)
  test.each(answers)(
    `F92 a guard in ${hook} that answers %s ends the request, also if onSend hooks are slow`,
    async (...[, request, options, start]) => {
      const { count, origin } = await listen(hook, options)
      expect(await rawRequest(origin, [...request, 'Host: x'])).toMatch(start)
      expect(count).toEqual({ sends: 1, handled: 0, left: 0 })
    },
  )

test.each(hooks)(
  'F92 a guard in %s ends the request of a client that leaves before the answer is sent',
  async (hook) => {
    const { count, origin } = await listen(hook)
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    await expect.poll(() => count.sends).toBeGreaterThan(0)
    socket.destroy()
    await expect.poll(() => count.left).toBe(1)
    await pause(0)
    expect(count).toEqual({ sends: 1, handled: 0, left: 1 })
  },
)
