import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** How long the body of a notice may take to arrive, in milliseconds. */
const longestArrivalMs = 10_000

/**
 * Ends requests whose body takes too long, with 408. The parsers of Nest read a body before any middleware of a module is
 * asked, and wait for it as long as the server does. `isBounded`: which requests; a body that is read within the time is left
 * alone.
 */
export function boundArrival(server: Server, isBounded: (request: IncomingMessage) => boolean): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!isBounded(request)) return
    const timer = setTimeout(() => {
      if (request.complete) return
      if (response.headersSent) return void request.destroy()
      response.writeHead(408, { connection: 'close' }).end(() => request.destroy())
    }, longestArrivalMs)
    for (const end of ['end', 'close']) request.once(end, () => clearTimeout(timer))
  })
}
