import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import type { InstallationId, PipedriveOAuthOptions } from '@pd/oauth-core'
import { tokenResponse } from '@pd/test-support'
import { uniquePrefix, type RedisAddress } from '../servers/connect.ts'
import { openApp, type App, type AppSetup } from './app.ts'
import { startWorker, type WorkerProcess, type WorkerSetup } from './worker-process.ts'

const minute = 60_000
const hour = 60 * minute
export const day = 24 * hour

/** Numbers for tests against real time: leases of 2 seconds, and requests that fit into them. */
export const quickPolicy = {
  requestTimeoutMs: 1_500,
  attempts: 1,
  leaseMs: 2_000,
  clockSkewMs: 100,
  minimumValidityMs: 100,
} satisfies PipedriveOAuthOptions['policy']

export interface SceneOptions {
  readonly address: RedisAddress
  /** How many users there are, in companies of 20. Default: 1. */
  readonly users?: number
  readonly fake?: FakePipedriveOptions
  readonly policy?: PipedriveOAuthOptions['policy']
}

/** What a test across processes works with: a fake Pipedrive on a socket, this process's application, and others'. */
export interface Scene extends AsyncDisposable {
  readonly fake: FakePipedrive
  readonly setup: AppSetup
  readonly app: App
  readonly ids: readonly InstallationId[]
  /** One more application in this process, closed with the scene. */
  another(overrides?: Partial<PipedriveOAuthOptions>): App
  /** Installs users whose tokens were obtained so long ago, in milliseconds. Default: everybody, two hours ago. */
  install(options?: { readonly ids?: readonly InstallationId[]; readonly ago?: number }): Promise<void>
  /** Starts processes of the application, ended with the scene. */
  workers(count: number, overrides?: Partial<WorkerSetup>): Promise<WorkerProcess[]>
  refreshes(): number
}

export async function createScene(options: SceneOptions): Promise<Scene> {
  const users = Array.from({ length: options.users ?? 1 }, (_, index) => ({
    id: index + 1,
    companyId: 1_000 + Math.floor(index / 20),
  }))
  const fake = createFakePipedrive({ users, ...options.fake })
  const { origin } = await fake.listen()
  const setup: AppSetup = {
    address: options.address,
    prefix: uniquePrefix(),
    origin,
    policy: options.policy ?? {},
  }
  const opened: AsyncDisposable[] = [fake]
  const another = (overrides?: Partial<PipedriveOAuthOptions>) => {
    const app = openApp(setup, overrides)
    opened.push(app)
    return app
  }
  const app = another()
  const ids = users.map(({ companyId, id }): InstallationId => `${companyId}:${id}`)

  return {
    fake,
    setup,
    app,
    ids,
    another,
    async install({ ids: chosen = ids, ago = 2 * hour } = {}) {
      const obtainedAt = Date.now() - ago
      await severalAtOnce(chosen, async (id) => {
        await app.oauth.adopt(await tokenResponse(fake, id), { obtainedAt, account: accountOf(id) })
      })
    },
    async workers(count, overrides = {}) {
      const started = await Promise.all(
        Array.from({ length: count }, () => startWorker({ ...setup, ...overrides })),
      )
      opened.push(...started)
      return started
    },
    refreshes: () => fake.tokenRequests({ grantType: 'refresh_token' }).length,
    [Symbol.asyncDispose]: async () => {
      for (const one of opened.toReversed()) await one[Symbol.asyncDispose]()
    },
  }
}

function accountOf(id: InstallationId): { companyId: number; userId: number } {
  const [companyId, userId] = id.split(':').map(Number) as [number, number]
  return { companyId, userId }
}

export async function severalAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.toReversed()
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item)
  }
  await Promise.all(Array.from({ length: 50 }, worker))
}
