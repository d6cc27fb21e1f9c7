import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { onTestFinished } from 'vitest'
import type { NodeListener } from '../src/index.ts'

/** What may stand around a listener. */
export interface Surroundings {
  /** Where it is mounted. Default: everywhere. */
  readonly path?: string
  /** What the server answers where the listener passes a request on. */
  readonly next?: RequestListener
  /** Hears the errors that the listener passes on. */
  readonly onError?: (error: unknown) => void
}

/** Every kind of server, with a listener in it as its users put it there. Resolves to its origin. */
export const platforms = {
  'node:http': (listener: NodeListener) => serve(createServer(listener)),
  Connect: (listener: NodeListener, { path = '/', next, onError }: Surroundings = {}) => {
    const app = connect().use(path, listener)
    if (next) app.use(next)
    app.use(
      (
        error: unknown,
        _req: unknown,
        res: { statusCode: number; end(text: string): void },
        _next: unknown,
      ) => {
        onError?.(error)
        res.statusCode = 500
        res.end('by Connect')
      },
    )
    return serve(createServer(app))
  },
  'Express 4': (listener: NodeListener, surroundings?: Surroundings) =>
    serveExpress(express4() as unknown as express.Express, listener, surroundings),
  'Express 5': (listener: NodeListener, surroundings?: Surroundings) =>
    serveExpress(express(), listener, surroundings),
  'Fastify, as a hook': async (listener: NodeListener, { next, onError }: Surroundings = {}) => {
    const app = fastify({ forceCloseConnections: true })
    app.addHook(
      'onRequest',
      (request, reply, done) => void listener(request.raw, reply.raw, done as () => void),
    )
    app.setErrorHandler((error, _request, reply) => {
      onError?.(error)
      return reply.code(500).send('by Fastify')
    })
    // Which reads the body by itself.
    if (next) app.all('/*', (request, reply) => reply.send(`next read ${String(request.body)}`))
    return listenFastify(app)
  },
  'Fastify, as a route': async (listener: NodeListener) => {
    const app = fastify({ forceCloseConnections: true })
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    app.all('/*', (request, reply) => {
      reply.hijack()
      return listener(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    return listenFastify(app)
  },
} satisfies Record<string, (listener: NodeListener, surroundings?: Surroundings) => Promise<string>>

export type Platform = keyof typeof platforms
export const everyPlatform = Object.keys(platforms) as Platform[]
/** Those on which a request can be passed on. */
export const withNext = ['Connect', 'Express 4', 'Express 5', 'Fastify, as a hook'] as const

export async function serve(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function serveExpress(
  app: express.Express,
  listener: NodeListener,
  { path = '/', next, onError }: Surroundings = {},
): Promise<string> {
  app.use(path, listener)
  if (next) app.use((req, res) => next(req, res))
  app.use((error: unknown, _req: express.Request, res: express.Response, _next: unknown) => {
    onError?.(error)
    res.status(500).send('by Express')
  })
  return serve(createServer(app))
}

async function listenFastify(app: ReturnType<typeof fastify>): Promise<string> {
  onTestFinished(() => app.close())
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return origin
}
