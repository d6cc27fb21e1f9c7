import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts `answering-api.ts`. Returns its address, and ends it at the end of the block. */
export async function startAnsweringApi(): Promise<Disposable & { readonly origin: string }> {
  const child = fork(fileURLToPath(new URL('./answering-api.ts', import.meta.url)))
  const [{ origin }] = (await once(child, 'message')) as [{ origin: string }]
  return { origin, [Symbol.dispose]: () => void child.kill() }
}
