import type {
  FastifyReplyLike,
  FastifyRequestLike,
  NodeResponse,
  ReceivedRequest,
} from '@pd/oauth-node/listener'

/** The request of the platform: Express's, or Fastify's. */
export type PlatformRequest = ReceivedRequest | FastifyRequestLike
/** Express's response, or Fastify's reply. Undefined if a GraphQL context has none. */
export type PlatformResponse = NodeResponse | FastifyReplyLike | undefined

/**
 * The platform's own view of a request, for the callbacks of the application. A callback may name the types of its platform:
 * `PipedriveContext<Request, Response>` with those of Express.
 */
export interface PipedriveContext<Req = PlatformRequest, Res = PlatformResponse> {
  readonly request: Req
  readonly response: Res
}
