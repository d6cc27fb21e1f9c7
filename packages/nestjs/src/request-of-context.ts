import type { ArgumentsHost, ContextType } from '@nestjs/common'
import { platformAddress, platformRequest, type PlatformRequest } from '@pd/oauth-core'

/** The GraphQL context of Apollo and Mercurius, on Express and Fastify. */
interface GraphQLContext {
  readonly req?: PlatformRequest
  readonly request?: PlatformRequest
  readonly reply?: { readonly request?: PlatformRequest }
}

/**
 * The HTTP request that a handler answers, also from a GraphQL resolver.
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

/**
 * The same request as core takes it: whatever host it named, its address is one of our own. One that no `Request` can tell
 * (`TRACE`) is told as a `GET` of our start page: enough to refuse it.
 */
export function webRequestOf(request: PlatformRequest, redirectUri: string): Request {
  const { origin } = new URL(redirectUri)
  const address = platformAddress(request, origin)
  if (address === undefined) return platformRequest({ headers: request.headers }, new URL(origin))
  return platformRequest(request, address)
}
