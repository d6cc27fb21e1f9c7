import { Inject, Injectable, type HttpServer } from '@nestjs/common'
import { createOAuthHandler, oauthPaths, PipedriveOAuth } from '@pd/oauth-core'
import { toFastifyHook, type FastifyHook } from '@pd/oauth-node/fastify'
import {
  requestAddress,
  toNodeListener,
  type NodeListener,
  type ReceivedRequest,
} from '@pd/oauth-node/listener'
import type { PipedriveModuleOptions } from './pipedrive-module-options.interface.ts'
import { MODULE_OPTIONS_TOKEN } from './pipedrive-module.definition.ts'
import { PipedriveRequests } from './pipedrive-requests.ts'
import type { PlatformRequest } from './request-of-context.ts'

/** A server of Fastify, as far as the module uses it. */
interface FastifyServer {
  addHook(name: 'preParsing', hook: FastifyHook): unknown
}

/**
 * Serves install, callback and disconnect, before guards, pipes and interceptors: these pages have rules of their own.
 * Everything else goes on.
 */
@Injectable()
export class PipedriveRoutes {
  /** Maps the path of each route in this application to its public path. */
  readonly paths: ReadonlyMap<string, string>
  readonly #handle: (request: Request) => Promise<Response | undefined>
  /** The platform's request behind each Web request. */
  readonly #received = new WeakMap<Request, PlatformRequest>()
  readonly #origin: string

  constructor(
    @Inject(PipedriveOAuth) oauth: PipedriveOAuth,
    @Inject(PipedriveRequests) requests: PipedriveRequests,
    @Inject(MODULE_OPTIONS_TOKEN) options: PipedriveModuleOptions,
  ) {
    const { path, missingState, sessionMs, onConnected } = options
    this.paths = routePaths(oauth.redirectUri, path)
    this.#origin = new URL(oauth.redirectUri).origin
    this.#handle = createOAuthHandler(oauth, {
      identify: (request) => requests.identify(this.#received.get(request), request),
      ...(missingState && { missingState }),
      ...(sessionMs !== undefined && { sessionMs }),
      ...(onConnected && { onConnected }),
    })
  }

  /** On Fastify it is a hook, which knows the reply with the headers of other hooks; elsewhere it is middleware. */
  serveOn(adapter: HttpServer): void {
    if (adapter.getType() === 'fastify')
      (adapter.getInstance() as FastifyServer).addHook('preParsing', this.#hook())
    else adapter.use(this.#middleware())
  }

  #middleware(): NodeListener {
    const origin = this.#origin
    const listener = toNodeListener((request, { req }) => this.#answer(request, req), { origin })
    return async (req, res, next) => (this.#isOurs(req) ? listener(req, res, next) : next?.())
  }

  #hook(): FastifyHook {
    const origin = this.#origin
    const hook = toFastifyHook((web, { request }) => this.#answer(web, request), { origin })
    return (request, reply, ...rest) => {
      if (this.#isOurs(request.raw)) hook(request, reply, ...rest)
      else (rest.at(-1) as () => void)()
    }
  }

  #isOurs(received: ReceivedRequest): boolean {
    return this.paths.has(requestAddress(received, this.#origin)?.pathname ?? '')
  }

  async #answer(request: Request, received: PlatformRequest): Promise<Response | undefined> {
    const address = new URL(request.url)
    address.pathname = this.paths.get(address.pathname) ?? address.pathname
    const seen = address.href === request.url ? request : new Request(address, request)
    this.#received.set(seen, received)
    return this.#handle(seen)
  }
}

function routePaths(redirectUri: string, path: string | undefined): ReadonlyMap<string, string> {
  const { install, callback, disconnect } = oauthPaths(redirectUri)
  const base = path?.replace(/\/+$/, '')
  const own = (seen: string, name: string) => (base === undefined ? seen : `${base}/${name}`)
  return new Map([
    [own(install, 'install'), install],
    [own(callback, 'callback'), callback],
    [own(disconnect, 'disconnect'), disconnect],
  ])
}
