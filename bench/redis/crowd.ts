import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FakePipedrive } from '@pd/fake-pipedrive'
import type { InstallationId } from '@pd/oauth-core'
import { Redis } from 'ioredis'
import { recordKey, thisLibrary, type SharedRecord } from './libraries.ts'
import { install, openClient, tokenResponse, type Setup } from './scene.ts'
import type { Outcome } from './stampede-worker.ts'

const worker = fileURLToPath(new URL('./stampede-worker.ts', import.meta.url))
const hour = 3_600_000

export interface Crowd {
  /** All callers of all processes ask for this token at once. */
  ask(id: InstallationId): Promise<readonly Outcome[]>
  kill(): void
}

/** Starts processes that use a library. Resolves when all of them are ready. */
export async function startCrowd(
  name: string,
  setup: Setup,
  { processes, callers }: { readonly processes: number; readonly callers: number },
): Promise<Crowd> {
  const env = { ...process.env, STAMPEDE: JSON.stringify({ name, setup, callers }) }
  const children = Array.from({ length: processes }, () =>
    fork(worker, { env, stdio: ['ignore', 'inherit', 'ignore', 'ipc'] }),
  )
  await Promise.all(children.map((child) => once(child, 'message')))
  return {
    ask: (id) =>
      Promise.all(
        children.map(async (child) => {
          const outcome = once(child, 'message') as Promise<[Outcome]>
          child.send(id)
          return (await outcome)[0]
        }),
      ),
    kill: () => {
      for (const child of children) child.kill()
    },
  }
}

/** Saves expired tokens of these installations as the library keeps them. */
export async function saveExpired(
  name: string,
  setup: Setup,
  fake: FakePipedrive,
  ids: readonly InstallationId[],
): Promise<void> {
  if (name === thisLibrary) {
    const { oauth, redis } = openClient(setup)
    await install(oauth, fake, ids, 2 * hour)
    redis.disconnect()
  } else {
    const redis = new Redis({ port: setup.port })
    for (const id of ids) {
      const record: SharedRecord = { ...(await tokenResponse(fake, id)), expires_at: Date.now() - hour }
      await redis.set(recordKey(id), JSON.stringify(record))
    }
    redis.disconnect()
  }
  fake.expireAccessTokens()
}
