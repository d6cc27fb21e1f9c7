import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { UsageError } from '../usage-error.ts'

/** A bound socket. The app is attached later with `serve()`, because it must know its own address first. */
export interface Socket {
  readonly port: number
  serve(fetch: (request: Request) => Response | Promise<Response>): void
  /** Stops listening and closes every connection, event streams included. */
  close(): Promise<void>
}

const host = '127.0.0.1'

/**
 * Binds a port of this machine. Port 0 takes any free one.
 * @throws {UsageError} when the port is in use or not allowed for this user
 */
export async function listen(port: number): Promise<Socket> {
  let answer: (request: Request) => Response | Promise<Response> = () =>
    new Response('Starting', { status: 503 })
  const server = createAdaptorServer({ hostname: host, fetch: (request) => answer(request) })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explained(error, port)))
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    serve: (fetch) => void (answer = fetch),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}

/** Binds the first free port, starting from `first`. */
export async function listenFrom(first: number, tries = 20): Promise<Socket> {
  for (let port = first; ; port++) {
    try {
      return await listen(port)
    } catch (error) {
      if (!(error instanceof UsageError) || port >= first + tries) throw error
    }
  }
}

function explained(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new UsageError(
      `Port ${port} is in use by another program. Choose another one: PORT=${port + 1} pnpm demo`,
    )
  if (error.code === 'EACCES')
    return new UsageError(`This user may not listen on port ${port}. Choose one above 1023.`)
  return error
}
