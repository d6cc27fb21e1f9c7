import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends bytes as they are, which no HTTP client would send, and resolves to all that comes back. `isWhole`: as they are. */
export async function rawRequest(
  origin: string,
  lines: readonly string[],
  { isWhole = false } = {},
): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(isWhole ? lines.join('\r\n') : `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  return text(socket)
}
