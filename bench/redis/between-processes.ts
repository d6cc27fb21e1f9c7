import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { pause, preciseNow } from '../figures.ts'
import type { Order, Told } from './other-process.ts'
import type { Setup } from './scene.ts'

const worker = fileURLToPath(new URL('./other-process.ts', import.meta.url))

export interface OtherProcess {
  send(order: Order): void
  /** Resolves to what it tells next. */
  told(): Promise<Told>
  kill(): void
}

/** Starts the other process of a bench between two. */
export async function startOther(setup: Setup): Promise<OtherProcess> {
  const child = fork(worker, { env: { ...process.env, SETUP: JSON.stringify(setup) } })
  const told = async () => ((await once(child, 'message')) as [Told])[0]
  await told()
  return { send: (order) => void child.send(order), told, kill: () => child.kill() }
}

/**
 * From when another process sends a bare `PUBLISH` to when this one hears of it, in milliseconds each. Both are idle for
 * `idleMs` before, as they are before what is compared.
 */
export async function bareRounds(
  port: number,
  other: OtherProcess,
  { rounds, idleMs }: { readonly rounds: number; readonly idleMs: number },
): Promise<number[]> {
  const subscriber = new Redis({ port, protocol: 2 })
  await subscriber.subscribe('bare-round')
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) {
    await pause(idleMs)
    const heard = once(subscriber, 'message').then(preciseNow)
    const sent = other.told()
    other.send({ publish: 'bare-round' })
    samples.push((await heard) - Number(await sent))
  }
  subscriber.disconnect()
  return samples
}
