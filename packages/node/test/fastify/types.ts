/**
 * Compiled, never run: the types that a user of Fastify meets, on each kind of server and with a logger of his own.
 */
import fastify, { type FastifyBaseLogger, type FastifyReply } from 'fastify'
import { createOAuthHandler, type Installation, type PipedriveOAuth } from '@pd/oauth-core'
import { pipedriveAuth, toFastifyHook, type FastifyContext } from '../../src/fastify/index.ts'

declare const oauth: PipedriveOAuth
interface OwnLogger extends FastifyBaseLogger {
  audit(text: string): void
}
declare const loggerInstance: OwnLogger

const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
const guard = requireInstallation()
const hook = toFastifyHook(createOAuthHandler(oauth))

const plain = fastify()
plain.setErrorHandler(onError)
plain.setErrorHandler((error, request, reply) => onError(error, request, reply))
plain.addHook('onRequest', guard).addHook('preHandler', guard).addHook('onRequest', hook)
plain.get(
  '/deals',
  { onRequest: guard, preHandler: [guard] },
  ({ installation }): Installation => installation,
)
plain.post<{ Params: { id: string }; Querystring: { q: string }; Body: { x: 1 } }>(
  '/deals/:id',
  { preHandler: [guard] },
  ({ installation, params, query, body }) => installation.id + params.id + query.q + body.x,
)
plain.get('/awaited', async (request, reply) => {
  await guard(request, reply)
  return request.installation.id
})
plain.register(routes)
plain.register(routes, { prefix: '/mounted' })
plain.register(async (child) => {
  child.setErrorHandler(onError)
  await child.register(routes)
})

const logged = fastify({ loggerInstance })
logged.setErrorHandler(onError)
logged.setErrorHandler((error, request, reply) => onError(error, request, reply))
logged.addHook('onRequest', guard).addHook('onRequest', hook)
logged.get('/deals', { onRequest: guard, preHandler: [guard] }, ({ installation }) => installation.id)
logged.register(routes)

const second = fastify({ http2: true })
second.setErrorHandler(onError)
second.setErrorHandler((error, request, reply) => onError(error, request, reply))
second.addHook('onRequest', guard).addHook('onRequest', hook)
second.get('/deals', { onRequest: guard, preHandler: [guard] }, ({ installation }) => installation.id)
second.get('/awaited', async (request, reply) => {
  await guard(request, reply)
  return request.installation.id
})
second.register(routes)

const secured = fastify({ http2: true, https: {}, loggerInstance })
secured.setErrorHandler(onError)
secured.get('/deals', { onRequest: guard, preHandler: [guard] }, ({ installation }) => installation.id)
secured.register(async (child) => {
  child.setErrorHandler(onError)
  child.addHook('preHandler', guard)
  await child.register(routes)
})

/** Callbacks answer in each form that Fastify's own handlers have. */
pipedriveAuth(oauth, {
  onConnected: (_result, _request, { reply }) => reply.redirect('/welcome'),
  onMissing: ({ code }, _request, { reply }) => reply.code(403).send({ code }),
  identify: (_request, { request }) => (request.ip === '::1' ? '1:2' : undefined),
})
pipedriveAuth(oauth, {
  onConnected: async (_result, _request, { reply }: FastifyContext): Promise<FastifyReply> =>
    reply.send('ok'),
  onMissing: async (_error, { url }, { reply }) =>
    url === '' ? reply.redirect('/') : new Response(null, { status: 403 }),
})
pipedriveAuth(oauth, {
  onConnected: (_result, _request, { reply }) => void reply.redirect('/welcome'),
  onMissing: undefined,
})
// @ts-expect-error an answer is no text
pipedriveAuth(oauth, { onMissing: () => 'text' })
