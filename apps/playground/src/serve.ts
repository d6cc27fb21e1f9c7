import type { Settings } from './settings.ts'
import { listen, listenFrom } from './http/listen.ts'
import { fakePipedrive, realPipedrive } from './pipedrive.ts'
import { startPlayground, type Running } from './playground.ts'

export const callbackPath = '/pipedrive/callback'

const firstPort = 3000
/** The fake takes as long over a token as the service does, so that a refresh can be seen. */
const latencyMs = 400

/** Serves the playground until it is closed. */
export async function serve({ port, registration, secrets }: Settings): Promise<Running> {
  if (registration === undefined) {
    const socket = port === undefined ? await listenFrom(firstPort) : await listen(port)
    const redirectUri = `http://localhost:${socket.port}${callbackPath}`
    return startPlayground(socket, await fakePipedrive(redirectUri, { latencyMs }), secrets)
  }
  const socket = await listen(ownPort(registration.redirectUri) ?? port ?? firstPort)
  return startPlayground(socket, realPipedrive(registration), secrets)
}

/** A callback on plain localhost names the port itself; any other comes to us through a tunnel. */
function ownPort(redirectUri: string): number | undefined {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (url?.protocol !== 'http:') return undefined
  return Number(url.port || 80)
}
