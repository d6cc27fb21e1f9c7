/// <reference lib="esnext.disposable" preserve="true" />
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Answer } from '../faults/answer.ts'
import type { OpenExchange } from './exchange.ts'
import { isForOwnHost, misdirected, ownHosts } from './own-host.ts'

export const defaultHost = '127.0.0.1'

/** The options of `listen()`. */
export interface ListenOptions {
  /** The port. 0 takes any free one. Default: 0. */
  readonly port?: number | undefined
  /** The address. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /**
   * More values of the `Host` header that the fake answers to, such as `fake:4700` for a container. The names of this
   * machine with the port are always allowed. Default: none. A request for any other host gets 421.
   */
  readonly allowedHosts?: readonly string[] | undefined
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
  const { port = 0, host = defaultHost, allowedHosts = [] } = options
  let own: ReadonlySet<string> = new Set()
  const server = createAdaptorServer({
    hostname: host,
    overrideGlobalObjects: false,
    fetch: async (request, env) => {
      const { incoming, outgoing } = env as HttpBindings
      if (!isForOwnHost(request, incoming.headers.host, own)) return misdirected(own)
      const exchange = openExchange(request, { serves: 'everything' })
      outgoing.once('close', () => exchange.abandon())
      return deliver(await exchange.answer.catch(failed), { incoming, outgoing })
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  own = ownHosts(host, bound, allowedHosts)
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

/** Returns the answer to a request that the fake itself could not finish. */
function failed(error: unknown): Answer {
  return { type: 'response', response: Response.json({ error: String(error) }, { status: 500 }) }
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
