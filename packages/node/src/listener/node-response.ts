import { constants } from 'node:http2'
import type { NodeResponse } from './received-request.ts'

/** Whether the client has left, or the connection was ended before the answer was complete. */
export function isGone(response: NodeResponse): boolean {
  return 'stream' in response ? response.stream.destroyed : response.destroyed
}

/**
 * Ends the connection, or in HTTP/2 the stream, so that half an answer does not look like a whole one. A stream that is destroyed
 * without an error code does: it ends with `NO_ERROR`.
 */
export function breakOff(response: NodeResponse): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}
