import { createServer } from 'node:net'

/** Below the ports that systems assign by themselves, even after Redis Cluster has added 10 000 for its bus. */
const lowest = 20_000
const count = 10_000

/** A free port of this machine. The port 10 000 above it is free, too. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count)
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
