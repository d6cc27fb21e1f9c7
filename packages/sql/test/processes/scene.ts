import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import type { InstallationId, PipedriveOAuthOptions } from '@pd/oauth-core'
import { tokenResponse } from '@pd/test-support'
import { openApp, type Address, type App, type AppSetup } from './app.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

const hour = 3_600_000
export const day = 24 * hour

export interface SceneOptions {
  readonly address: Address
  /** How many users there are, in companies of 20. Default: 1. */
  readonly users?: number
  /** Whether there is no table yet. Default: it is made. */
  readonly isEmpty?: boolean
  readonly fake?: FakePipedriveOptions
  readonly policy?: PipedriveOAuthOptions['policy']
}

/** What a test across processes works with: a fake Pipedrive on a socket, this process's application, and others'. */
export interface Scene extends AsyncDisposable {
  readonly fake: FakePipedrive
  readonly app: App
  readonly ids: readonly InstallationId[]
  /** Installs users whose tokens were obtained so long ago, in milliseconds. Default: everybody, two hours ago. */
  install(options?: { readonly ids?: readonly InstallationId[]; readonly ago?: number }): Promise<void>
  /** Starts processes of the application, ended with the scene. */
  workers(count: number): Promise<WorkerProcess[]>
  refreshes(): number
}

export async function createScene(options: SceneOptions): Promise<Scene> {
  const users = Array.from({ length: options.users ?? 1 }, (_, index) => ({
    id: index + 1,
    companyId: 1_000 + Math.floor(index / 20),
  }))
  const fake = createFakePipedrive({ users, ...options.fake })
  const { origin } = await fake.listen()
  const setup: AppSetup = { address: options.address, origin, policy: options.policy ?? {} }
  const app = openApp(setup)
  const opened: AsyncDisposable[] = [fake, app]
  const ids = users.map(({ companyId, id }): InstallationId => `${companyId}:${id}`)
  if (!options.isEmpty) await app.store.createTable()

  return {
    fake,
    app,
    ids,
    async install({ ids: chosen = ids, ago = 2 * hour } = {}) {
      const obtainedAt = Date.now() - ago
      for (const id of chosen) {
        const [companyId, userId] = id.split(':').map(Number) as [number, number]
        await app.oauth.adopt(await tokenResponse(fake, id), { obtainedAt, account: { companyId, userId } })
      }
    },
    async workers(count) {
      const started = await Promise.all(Array.from({ length: count }, () => startWorker(setup)))
      opened.push(...started)
      return started
    },
    refreshes: () => fake.tokenRequests({ grantType: 'refresh_token' }).length,
    [Symbol.asyncDispose]: async () => {
      for (const one of opened.toReversed()) await one[Symbol.asyncDispose]()
    },
  }
}
