import { Inject, Injectable, type HttpServer } from '@nestjs/common'
import { toFastifyHook } from '@pd/oauth-node/fastify'
import {
  requestAddress,
  toNodeListener,
  type FastifyReplyLike,
  type FastifyRequestLike,
  type NodeListener,
  type ReceivedRequest,
} from '@pd/oauth-node/listener'
import { boundArrival } from './bound-arrival.ts'
import { PipedriveWebAuth } from './pipedrive-web-auth.ts'

type PreParsingHook = (
  request: FastifyRequestLike,
  reply: FastifyReplyLike,
  payload: unknown,
  done: (error?: Error) => void,
) => void

/** A server of Fastify, as far as the module uses it. */
interface FastifyServer {
  addHook(name: 'preParsing', hook: PreParsingHook): unknown
}

/**
 * Serves install, callback, disconnect and logout, before guards, pipes and interceptors: these pages have rules of their
 * own. Everything else goes on.
 */
@Injectable()
export class PipedriveRoutes {
  readonly #web: PipedriveWebAuth

  constructor(@Inject(PipedriveWebAuth) web: PipedriveWebAuth) {
    this.#web = web
  }

  /** The path of each route in this application. */
  get paths(): readonly string[] {
    return Object.values(this.#web.auth().paths)
  }

  /** Serves the routes: on Fastify by a hook, which sees the headers of other hooks on the reply; else by middleware. */
  serveOn(adapter: HttpServer): void {
    const isOurs = this.#isOurs()
    boundArrival(adapter.getHttpServer(), (request) => request.method !== 'GET' && isOurs(request))
    if (adapter.getType() === 'fastify')
      (adapter.getInstance() as FastifyServer).addHook('preParsing', this.#hook())
    else adapter.use(this.#middleware())
  }

  #middleware(): NodeListener {
    const { origin } = this.#web
    const auth = this.#web.auth()
    const isOurs = this.#isOurs()
    const listener = toNodeListener(
      (request, { req, res }) => auth.handle(request, { request: req, response: res }),
      {
        origin,
      },
    )
    return async (req, res, next) => (isOurs(req) ? listener(req, res, next) : next?.())
  }

  #hook(): PreParsingHook {
    const { origin } = this.#web
    const auth = this.#web.auth()
    const isOurs = this.#isOurs()
    const hook = toFastifyHook((web, { request, reply }) => auth.handle(web, { request, response: reply }), {
      origin,
    })
    return (request, reply, payload, done) => {
      if (isOurs(request.raw)) hook(request, reply, payload, done)
      else done()
    }
  }

  /** No Request is made for other paths. */
  #isOurs(): (received: ReceivedRequest) => boolean {
    const { origin } = this.#web
    const paths = new Set(this.paths)
    return (received) => paths.has(requestAddress(received, origin)?.pathname ?? '')
  }
}
