import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Answer } from '../faults/answer.ts'
import type { OpenExchange } from './exchange.ts'

/** The options of `listen()`. */
export interface ListenOptions {
  /** The port. 0 takes any free one. Default: 0. */
  readonly port?: number | undefined
  /** The address. Default: `127.0.0.1`. */
  readonly host?: string | undefined
}

/** The fake on a real socket. OAuth server, API and control pages share one origin. */
export interface Listening extends AsyncDisposable {
  readonly origin: string
  readonly port: number
  /** Stops listening and closes every connection, idle or not. */
  close(): Promise<void>
}

/**
 * Serves the fake on a socket.
 * @throws {Error} with the system's code, such as `EADDRINUSE` for a port in use
 */
export async function listen(openExchange: OpenExchange, options: ListenOptions = {}): Promise<Listening> {
  const { port = 0, host = '127.0.0.1' } = options
  const server = createAdaptorServer({
    hostname: host,
    overrideGlobalObjects: false,
    fetch: async (request, env) => {
      const { incoming, outgoing } = env as HttpBindings
      const exchange = openExchange(request, { serves: 'everything' })
      outgoing.once('close', () => exchange.abandon())
      return deliver(await exchange.answer, { incoming, outgoing })
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function deliver(answer: Answer, { incoming, outgoing }: HttpBindings): Promise<Response> {
  switch (answer.type) {
    case 'response':
      return answer.response
    case 'reset':
      incoming.socket.resetAndDestroy()
      return RESPONSE_ALREADY_SENT
    case 'cut': {
      const { status, headers } = answer.response
      const body = new Uint8Array(await answer.response.arrayBuffer())
      outgoing.writeHead(status, { ...Object.fromEntries(headers), 'content-length': body.length })
      outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => incoming.socket.destroy())
      return RESPONSE_ALREADY_SENT
    }
    case 'hang':
      await new Promise((resolve) => outgoing.once('close', resolve))
      return RESPONSE_ALREADY_SENT
  }
}
