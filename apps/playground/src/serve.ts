import type { Settings } from './settings.ts'
import { listen, listenFrom } from './http/listen.ts'
import { openDataFolder, type DataFolder } from './keeping/data-folder.ts'
import { openFakeMemory } from './keeping/fake-memory.ts'
import { openSafe } from './keeping/safe.ts'
import { fakePipedrive, realPipedrive } from './pipedrive.ts'
import { startPlayground, type Running } from './playground.ts'

export const callbackPath = '/pipedrive/callback'

const firstPort = 3000
/** The fake takes as long over a token as the service does, so that a refresh can be seen. */
const latencyMs = 400

/** Serves the playground until it is closed. What it keeps is in the data folder, and found there by the next one. */
export async function serve(settings: Settings): Promise<Running> {
  const folder = openDataFolder(settings.dataPath)
  try {
    const running = await serveFrom(folder, settings)
    const close = async () => {
      await running.close()
      folder.close()
    }
    return { ...running, close }
  } catch (error) {
    folder.close()
    throw error
  }
}

async function serveFrom(folder: DataFolder, { port, registration, secrets }: Settings): Promise<Running> {
  if (registration === undefined) {
    const memory = openFakeMemory(folder)
    const safe = await openSafe(folder, 'fake.db', secrets)
    const socket = port === undefined ? await listenFrom(firstPort) : await listen(port)
    const redirectUri = `http://localhost:${socket.port}${callbackPath}`
    return startPlayground(socket, await fakePipedrive(redirectUri, { latencyMs }, memory), safe)
  }
  const safe = await openSafe(folder, 'real.db', secrets)
  const socket = await listen(ownPort(registration.redirectUri) ?? port ?? firstPort)
  return startPlayground(socket, realPipedrive(registration), safe)
}

/** A callback on plain localhost names the port itself; any other comes to us through a tunnel. */
function ownPort(redirectUri: string): number | undefined {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (url?.protocol !== 'http:') return undefined
  return Number(url.port || 80)
}
