import { createServer } from 'node:net'

/** Below the ports that systems give out by themselves, also with the 10 000 that a cluster adds for its bus. */
const lowest = 20_000
const count = 10_000

/** A port of this machine that is free, as is the one 10 000 above it. */
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
