import type { FakePipedrive } from './fake-pipedrive.ts'
import type { ListenOptions } from './http/listen.ts'
import type { FakePipedriveOptions } from './options.ts'

/** The port on which a fake listens that a command starts. */
export const defaultFakePort = 4700

/**
 * Starts a fake on a socket for a command that has the flag `--port`. Its notices reach the app over HTTP.
 * @param listen as in `listen()`, but the port is 4700 by default
 * @throws {Error} `EADDRINUSE`, with a sentence for the person at the command, if another program listens on the port
 */
export async function startFakePipedrive(
  options: FakePipedriveOptions,
  listen: ListenOptions,
): Promise<{ readonly fake: FakePipedrive; readonly origin: string }> {
  // Only now, because a program that also has other commands imports this file at each start.
  const { createFakePipedrive } = await import('./fake-pipedrive.ts')
  const { defaultHost } = await import('./http/listen.ts')
  const fake = createFakePipedrive({ ...options, appFetch: options.appFetch ?? appFetch })
  const { port = defaultFakePort, host = defaultHost } = listen
  try {
    const { origin } = await fake.listen({ ...listen, port })
    return { fake, origin }
  } catch (error) {
    if (!isPortTaken(error)) throw error
    const message = `Another program listens on ${host}:${port}. Choose another port with --port; 0 takes any free one.`
    throw Object.assign(new Error(message, { cause: error }), { code: error.code })
  }
}

/** Whether another program listens on the port. */
export function isPortTaken(error: unknown): error is Error & { readonly code: 'EADDRINUSE' } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

/** Sends a request to the app. Resolves to status 502 if the app does not answer. */
function appFetch(request: Request): Promise<Response> {
  return fetch(request).catch((error: unknown) => new Response(String(error), { status: 502 }))
}
