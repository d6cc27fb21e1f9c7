import type { ArgumentsHost, ContextType } from '@nestjs/common'
import type { FastifyRequestLike, ReceivedRequest } from '@pd/oauth-node/listener'

/** The request of the platform: Express's, or Fastify's. */
export type PlatformRequest = ReceivedRequest | FastifyRequestLike

/** The GraphQL context of Apollo and Mercurius, on Express and Fastify. */
interface GraphQLContext {
  readonly req?: PlatformRequest
  readonly request?: PlatformRequest
  readonly reply?: { readonly request?: PlatformRequest }
}

/**
 * Returns the HTTP request that a handler answers, also from a GraphQL resolver.
 * @throws {TypeError} where there is none: in the handlers of microservices and web sockets
 */
export function requestOf(host: ArgumentsHost): PlatformRequest {
  const type = host.getType<ContextType | 'graphql'>()
  if (type === 'http') return host.switchToHttp().getRequest<PlatformRequest>()
  if (type === 'graphql') {
    const context = host.getArgByIndex<GraphQLContext | undefined>(2)
    const request = context?.req ?? context?.request ?? context?.reply?.request
    if (request !== undefined) return request
  }
  throw new TypeError(
    `There is no HTTP request in this ${type} handler. Where there is none, take oauth.installation(id).`,
  )
}

/** Returns Node's own request, which Fastify keeps as `raw`. */
export function receivedOf(request: PlatformRequest): ReceivedRequest {
  return 'raw' in request ? request.raw : request
}
