import type { IncomingMessage } from 'node:http'

/** A request of Node, with what frameworks add to it. */
export interface ReceivedRequest extends IncomingMessage {
  /** Connect and Express: the address before a mount path was cut off. */
  readonly originalUrl?: string | undefined
  /** What a body parser has made of the body. */
  readonly body?: unknown
  /** The bytes that the parser read, where it keeps them. */
  readonly rawBody?: unknown
  /** Express: the application, which knows its `trust proxy` setting. */
  readonly app?: unknown
}
