import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { LoginError } from './login-error.ts'
import { portOf } from './login-settings.ts'

/**
 * Listens for the browser's return, on the loopback interface only.
 * @see [RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252.html#section-7.3) and [§8.3](https://www.rfc-editor.org/rfc/rfc8252.html#section-8.3)
 */
export class LoopbackListener {
  readonly #servers: readonly Server[]
  /** Answers that are not sent in full yet. */
  readonly #answers = new Set<Promise<unknown>>()

  private constructor(redirect: URL, answer: (request: Request) => Promise<Response>) {
    const listener = createRequestListener((request) => guarded(request, redirect, answer), {
      onError: () => new Response('Bad Request', { status: 400 }),
    })
    this.#servers = addressesOf(redirect).map(() =>
      createServer((req, res) => {
        res.setHeader('connection', 'close')
        const answered = Promise.allSettled([once(res, 'close')])
        this.#answers.add(answered)
        void answered.then(() => this.#answers.delete(answered))
        listener(req, res)
      }),
    )
  }

  /** @throws {LoginError} `port_taken` */
  static async open(
    redirect: URL,
    answer: (request: Request) => Promise<Response>,
  ): Promise<LoopbackListener> {
    const listener = new LoopbackListener(redirect, answer)
    try {
      await listener.#listen(redirect)
    } catch (error) {
      await listener.close({ graceMs: 0 })
      throw error
    }
    return listener
  }

  /** Stops listening, waits until answers that have begun are sent or `graceMs` have passed, then ends every connection. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const listening = this.#servers.filter((server) => server.listening)
    const closed = listening.map((server) => once(server, 'close'))
    for (const server of listening) server.close()
    await Promise.race([Promise.all(this.#answers), pause(graceMs, undefined, { ref: false })])
    for (const server of listening) server.closeAllConnections()
    await Promise.all(closed)
  }

  async #listen(redirect: URL): Promise<void> {
    const port = portOf(redirect)
    const addresses = addressesOf(redirect)
    for (const [index, server] of this.#servers.entries()) {
      const host = addresses[index] ?? ''
      try {
        server.listen({ host, port, exclusive: true })
        await once(server, 'listening')
      } catch (cause) {
        // A machine may have no IPv6; then no browser uses it.
        const isMissing = index > 0 && missingAddress.has(codeOf(cause))
        if (!isMissing) throw notListening(cause, host, port)
      }
    }
  }
}

const missingAddress: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** A browser may try both addresses of `localhost`. On one that is left free, another program could receive the code. */
function addressesOf({ hostname }: URL): readonly string[] {
  return hostname === 'localhost' ? ['127.0.0.1', '::1'] : [hostname.replace(/^\[|\]$/g, '')]
}

function notListening(cause: unknown, host: string, port: number): unknown {
  const where = `Port ${port} on ${host}`
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return new LoginError(
        'port_taken',
        `${where} is in use by another program, perhaps by another login. End that program, or register a redirectUri with another port.`,
        { cause },
      )
    case 'EACCES':
      return new LoginError(
        'port_taken',
        `This user may not listen on ${where.toLowerCase()}. Register a redirectUri with a port above 1023.`,
        { cause },
      )
    default:
      return cause
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/**
 * Answers only what a browser asks that comes back from the consent page. The host is compared, because a page elsewhere can
 * make a host name of its own lead to this machine.
 */
async function guarded(
  request: Request,
  redirect: URL,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  if (host !== redirect.host) return new Response('Misdirected Request', { status: 421 })
  if (pathname !== redirect.pathname) return new Response('Not Found', { status: 404 })
  if (request.method !== 'GET')
    return new Response('Method Not Allowed', { status: 405, headers: { allow: 'GET' } })
  const response = await answer(request)
  response.headers.set('referrer-policy', 'no-referrer')
  response.headers.set('x-content-type-options', 'nosniff')
  return response
}
