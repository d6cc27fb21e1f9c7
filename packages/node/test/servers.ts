import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'
import fastify, { type FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { toFastifyHook } from '../src/fastify/index.ts'
import { toNodeListener, type ListenerOptions, type NodeListener } from '../src/index.ts'

type Handler = (request: Request) => Promise<Response | undefined> | Response | undefined
type HeaderLine = readonly [name: string, value: string]

/** What may stand around a handler. */
export interface Surroundings {
  /** Where it is mounted. Default: everywhere. */
  readonly path?: string
  /** What others set on the response before the handler is asked. Default: nothing. */
  readonly others?: readonly HeaderLine[]
  /** Whether `X-Forwarded-*` counts. Default: as the platform has it. */
  readonly trustProxy?: boolean
  /** What the server answers where the handler passes a request on. */
  readonly next?: RequestListener
  /** Hears the errors that the listener passes on. */
  readonly onError?: (error: unknown) => void
}

function listenerOf(handler: Handler, { trustProxy }: Surroundings): NodeListener {
  return toNodeListener(handler, { trustProxy } satisfies ListenerOptions)
}

function setHeaders(res: ServerResponse, lines: readonly HeaderLine[] = []): void {
  for (const [name, value] of lines) res.appendHeader(name, value)
}

/** Every kind of server, with a handler in it as its users put it there. Resolves to its origin. */
export const platforms = {
  'node:http': (handler: Handler, surroundings: Surroundings = {}) => {
    const listener = listenerOf(handler, surroundings)
    return serve(
      createServer((req, res) => {
        setHeaders(res, surroundings.others)
        void listener(req, res)
      }),
    )
  },
  Connect: (handler: Handler, surroundings: Surroundings = {}) => {
    const { path = '/', next, onError, others } = surroundings
    const app = connect().use((_req, res, pass) => {
      setHeaders(res, others)
      pass()
    })
    app.use(path, listenerOf(handler, surroundings))
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
  'Express 4': (handler: Handler, surroundings: Surroundings = {}) =>
    serveExpress(express4() as unknown as express.Express, listenerOf(handler, surroundings), surroundings),
  'Express 5': (handler: Handler, surroundings: Surroundings = {}) =>
    serveExpress(express(), listenerOf(handler, surroundings), surroundings),
  'Fastify, as a hook': (handler: Handler, surroundings: Surroundings = {}) => {
    const app = createFastify(surroundings)
    app.addHook('onRequest', toFastifyHook(handler))
    // Which reads the body by itself.
    if (surroundings.next) app.all('/*', (request, reply) => reply.send(`next read ${String(request.body)}`))
    return listenFastify(app)
  },
  'Fastify, behind its parsers': (handler: Handler, surroundings: Surroundings = {}) => {
    const app = createFastify(surroundings)
    app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    app.addHook('preHandler', toFastifyHook(handler))
    app.all('/*', (request, reply) => reply.send(`next read ${String(request.body)}`))
    return listenFastify(app)
  },
} satisfies Record<string, (handler: Handler, surroundings?: Surroundings) => Promise<string>>

export type Platform = keyof typeof platforms
export const everyPlatform = Object.keys(platforms) as Platform[]
/** Those on which a request can be passed on. */
export const withNext = everyPlatform.filter((platform) => platform !== 'node:http')

/** An answer whose body breaks after its first half. */
export function halfAnAnswer(): Response {
  return new Response(
    new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('half'))
        controller.error(new Error('broke'))
      },
    }),
  )
}

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
  { path = '/', next, onError, others }: Surroundings = {},
): Promise<string> {
  app.use((_req, res, pass) => {
    setHeaders(res, others)
    pass()
  })
  app.use(path, listener)
  if (next) app.use((req, res) => next(req, res))
  app.use((error: unknown, _req: express.Request, res: express.Response, _next: unknown) => {
    onError?.(error)
    res.status(500).send('by Express')
  })
  return serve(createServer(app))
}

function createFastify({ others = [], onError, trustProxy }: Surroundings): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, ...(trustProxy !== undefined && { trustProxy }) })
  app.addHook('onRequest', async (_request, reply) => {
    for (const [name, value] of others) reply.header(name, value)
  })
  app.setErrorHandler((error, _request, reply) => {
    onError?.(error)
    return reply.code(500).send('by Fastify')
  })
  return app
}

async function listenFastify(app: FastifyInstance): Promise<string> {
  onTestFinished(() => app.close())
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return origin
}
