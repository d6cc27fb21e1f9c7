import type { Settings } from './settings.ts'
import { listen, listenFrom } from './http/listen.ts'
import { openDataFolder, type DataFolder } from './keeping/data-folder.ts'
import { openFakeMemory } from './keeping/fake-memory.ts'
import { openSafe } from './keeping/safe.ts'
import { fakePipedrive, realPipedrive } from './pipedrive.ts'
import { startPlayground, type Running } from './start-playground.ts'

export const callbackPath = '/pipedrive/callback'

const firstPort = 3000
/** How long the fake takes for a token, in milliseconds: about as long as the real service, so that a refresh is visible. */
const latencyMs = 400

/** Serves the playground until it is closed. It keeps its data in the data folder, where the next run finds it. */
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

/** Returns the port of a callback address with `http:`. Any other address reaches the playground through a tunnel. */
function ownPort(redirectUri: string): number | undefined {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (url?.protocol !== 'http:') return undefined
  return Number(url.port || 80)
}
