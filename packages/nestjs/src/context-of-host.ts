import type { ArgumentsHost, ContextType } from '@nestjs/common'
import type { FastifyReplyLike, NodeResponse, ReceivedRequest } from '@pd/oauth-node/listener'
import type { PipedriveContext, PlatformRequest } from './pipedrive-context.ts'

/** The GraphQL context of Apollo and Mercurius, on Express and Fastify. */
interface GraphQLContext {
  readonly req?: PlatformRequest
  readonly request?: PlatformRequest
  readonly res?: NodeResponse
  readonly reply?: FastifyReplyLike & { readonly request?: PlatformRequest }
}

/**
 * Returns the HTTP request that a handler answers, and the response to it; also in a GraphQL resolver.
 * @throws {TypeError} in the handlers of microservices and web sockets, which have no HTTP request
 */
export function contextOf(host: ArgumentsHost): PipedriveContext {
  const type = host.getType<ContextType | 'graphql'>()
  if (type === 'http') {
    const http = host.switchToHttp()
    return { request: http.getRequest(), response: http.getResponse() }
  }
  if (type === 'graphql') {
    const { req, request, res, reply } = host.getArgByIndex<GraphQLContext | undefined>(2) ?? {}
    const found = req ?? request ?? reply?.request
    if (found !== undefined) return { request: found, response: res ?? reply }
  }
  throw new TypeError(`There is no HTTP request in this ${type} handler. Use oauth.installation(id) instead.`)
}

/** Returns Node's own request, which Fastify keeps as `raw`. */
export function receivedOf(request: PlatformRequest): ReceivedRequest {
  return 'raw' in request ? request.raw : request
}
