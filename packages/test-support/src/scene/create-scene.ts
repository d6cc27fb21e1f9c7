import { createFakePipedrive, type FakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import type { InstallationId, PipedriveOAuthOptions } from '@pd/oauth-core'
import { severalAtOnce } from '../several-at-once.ts'
import { tokenResponse } from '../token-response.ts'
import { openApp, type App, type AppSetup } from './app.ts'
import { startWorker, type Worker, type WorkerSetup } from './start-worker.ts'
import type { StoreOpener } from './store-opener.ts'

const hour = 3_600_000
export const day = 24 * hour

/** Limits that no busy machine reaches. */
export const patientPolicy = {
  requestTimeoutMs: 60_000,
  leaseMs: 130_000,
  clockSkewMs: 1_000,
  storeTimeoutMs: 60_000,
  waitMs: 120_000,
} satisfies PipedriveOAuthOptions['policy']

export interface SceneOptions<Address> {
  readonly opener: StoreOpener<Address>
  readonly address: Address
  /** How many users there are, in companies of 20. Default: 1. */
  readonly users?: number
  /** Whether the scene leaves it to the test to set the store up. Default: false. */
  readonly isEmpty?: boolean
  readonly fake?: FakePipedriveOptions
  /** Default: `patientPolicy`. */
  readonly policy?: PipedriveOAuthOptions['policy']
}

/** A fake Pipedrive on a socket, the application in this process, and the same application in other processes. */
export interface Scene<Address = unknown> extends AsyncDisposable {
  readonly fake: FakePipedrive
  /** Where the fake Pipedrive listens. */
  readonly origin: string
  readonly address: Address
  readonly app: App
  readonly ids: readonly InstallationId[]
  /** Opens one more application in this process, which is closed with the scene. */
  another(overrides?: Partial<PipedriveOAuthOptions>): App
  /** Installs users whose tokens were obtained `ago` milliseconds ago. Default: all users, two hours ago. */
  install(options?: { readonly ids?: readonly InstallationId[]; readonly ago?: number }): Promise<void>
  /** Starts processes of the application, which are ended with the scene. */
  workers(count: number, overrides?: Pick<WorkerSetup, 'stallBefore'>): Promise<Worker[]>
  /** How many refresh requests the fake Pipedrive has received. */
  refreshes(): number
}

export async function createScene<Address>(options: SceneOptions<Address>): Promise<Scene<Address>> {
  const { opener, address } = options
  const users = Array.from({ length: options.users ?? 1 }, (_, index) => ({
    id: index + 1,
    companyId: 1_000 + Math.floor(index / 20),
  }))
  const ids = users.map(({ companyId, id }): InstallationId => `${companyId}:${id}`)
  const fake = createFakePipedrive({ users, ...options.fake })
  const { origin } = await fake.listen()
  const setup: AppSetup = { origin, policy: options.policy ?? patientPolicy }
  const opened: AsyncDisposable[] = [fake]
  const another = (overrides?: Partial<PipedriveOAuthOptions>) => {
    const app = openApp(opener.open(address), setup, overrides)
    opened.push(app)
    return app
  }
  const app = another()
  if (!options.isEmpty) await app.setUp()

  return {
    fake,
    origin,
    address,
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
      const start = () => startWorker({ module: opener.module, address, ...setup, ...overrides })
      const started = await Promise.all(Array.from({ length: count }, start))
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
