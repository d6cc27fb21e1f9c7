import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** What a body parser leaves behind. */
export interface ParsedBody {
  /** What the parser made of the body. */
  readonly body?: unknown
  /** The bytes that the parser read, if it keeps them. */
  readonly rawBody?: unknown
}

interface FrameworkParts extends ParsedBody {
  /** Connect and Express: the request target before a mount path was cut off. */
  readonly originalUrl?: string | undefined
  /** Express: the application, which knows its `trust proxy` setting. */
  readonly app?: unknown
}

/** A request of `node:http` or `node:http2`, with what Connect and Express add to it. */
export type ReceivedRequest = (IncomingMessage | Http2ServerRequest) & FrameworkParts

/** A response of `node:http` or `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** A request of Fastify, as far as the bridge uses it. */
export interface FastifyRequestLike extends ParsedBody {
  readonly raw: ReceivedRequest
  readonly headers: IncomingHttpHeaders
  readonly protocol: string
  readonly host: string
}

/** A reply of Fastify, as far as the bridge uses it. */
export interface FastifyReplyLike {
  readonly raw: NodeResponse
  readonly sent: boolean
  getHeader(name: string): number | string | string[] | undefined
  removeHeader(name: string): unknown
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(payload: Response | ReadableStream): unknown
}
