import { StoreError, type OAuthEvent } from '@pd/oauth-core'
import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { createScene, quickPolicy, type Scene } from './processes/scene.ts'
import { startRedis, type RedisServer } from '@pd/test-support/redis'

const storeTimeoutMs = 500
/** `accessToken()` makes one read, one write and one look at what became of the write, each within `storeTimeoutMs`. */
const boundMs = 3 * storeTimeoutMs + 500
const policy = { ...quickPolicy, leaseMs: 8_000, storeTimeoutMs, cacheMs: 0, refreshAheadMs: 0 }

describe('F34 Redis is paused', () => {
  test('a cached token goes on serving, and what is not cached fails within the bound', async () => {
    await using stage = await createStage()
    const { scene, valid, expired, events } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    await stage.admin.call('CLIENT', 'PAUSE', '3000', 'ALL')

    const [served] = await Promise.all([
      timed(() => scene.app.oauth.installation(valid).accessToken()),
      expectUnavailable(() => scene.app.oauth.installation(expired).accessToken()),
    ])
    expect(served).toBe(token)
    expect(events.map(({ type }) => type)).toContain('served_without_store')
    expect(scene.refreshes()).toBe(0)

    await stage.recovered(expired)
    expect(scene.refreshes()).toBe(1)
  })

  test('a claim that lands after its caller gave up costs others no more than a lease', async () => {
    await using stage = await createStage([], { ...policy, leaseMs: 2_000 })
    const { scene, expired } = stage
    await stage.admin.call('CLIENT', 'PAUSE', '60000', 'WRITE')
    await expectUnavailable(() => scene.app.oauth.installation(expired).accessToken())
    expect(scene.refreshes()).toBe(0)

    await stage.admin.call('CLIENT', 'UNPAUSE')
    const status = async () => (await scene.app.oauth.installation(expired).describe())?.status
    await expect.poll(status, patience).toBe('refreshing')
    const askedAt = performance.now()
    const token = await scene.another().oauth.installation(expired).accessToken()

    expect(performance.now() - askedAt).toBeLessThan(3_000)
    expect(scene.fake.serverAccepts(token)).toBe(true)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F34 Redis restarts empty', () => {
  test('the cached token serves while it is cached; then the user has to connect again, and can', async () => {
    await using stage = await createStage([], { ...policy, cacheMs: 60_000 })
    const { scene, valid, expired, server } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    await server.kill()
    await server.start()
    await stage.up()

    expect(await scene.app.oauth.installation(valid).accessToken()).toBe(token)
    const fresh = scene.another().oauth
    await expect(fresh.installation(valid).accessToken()).rejects.toMatchObject({ code: 'not_installed' })
    await expect(fresh.installation(expired).accessToken()).rejects.toMatchObject({ code: 'not_installed' })
    expect(scene.refreshes()).toBe(0)

    // The script is gone from the server, too.
    await scene.install({ ids: [expired] })
    expect(scene.fake.serverAccepts(await fresh.installation(expired).accessToken())).toBe(true)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F08 F34 Redis is killed during a refresh, and back after 3 seconds with what it had', () => {
  test('the token that was won serves meanwhile, and is saved when Redis is back', async () => {
    await using stage = await createStage(['--appendonly', 'yes', '--appendfsync', 'always'])
    const { scene, expired, server, events } = stage
    const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
    const asked = scene.app.oauth.installation(expired).accessToken()
    await gate.reached
    await server.kill()
    const back = new Promise((resolve) => setTimeout(resolve, 3_000)).then(() => server.start())
    gate.release()

    const token = await timed(() => asked)
    expect(scene.fake.serverAccepts(token)).toBe(true)
    expect(await timed(() => scene.app.oauth.installation(expired).accessToken())).toBe(token)
    expect(events.map(({ type }) => type)).toContain('save_failed')
    await expectUnavailable(() => scene.another().oauth.installation(expired).accessToken())

    await back
    // The client sends what it had queued: an attempt to save that had timed out lands before the one under way.
    await expect.poll(() => events.map(({ type }) => type), patience).toContain('save_recovered')
    expect(await scene.another().oauth.installation(expired).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F08 F34 Redis is out of memory', () => {
  test('no refresh token is spent that could not be saved', async () => {
    await using stage = await createStage()
    const { scene, valid, expired } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    await stage.admin.config('SET', 'maxmemory', '1')

    const error = await expectUnavailable(() => scene.app.oauth.installation(expired).accessToken())
    expect(String(error.cause)).toContain('OOM')
    expect(await scene.app.oauth.installation(valid).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(0)

    await stage.admin.config('SET', 'maxmemory', '0')
    await stage.recovered(expired)
    expect(scene.refreshes()).toBe(1)
  })

  test('a token that was won before serves, and is saved when there is room; an uninstall needs none', async () => {
    await using stage = await createStage()
    const { scene, valid, expired, events } = stage
    const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
    const asked = scene.app.oauth.installation(expired).accessToken()
    await gate.reached
    await stage.admin.config('SET', 'maxmemory', '1')
    gate.release()

    const token = await timed(() => asked)
    expect(scene.fake.serverAccepts(token)).toBe(true)
    const { request } = await scene.fake.uninstall(valid)
    expect(await scene.app.oauth.handleUninstall(request)).toMatchObject({ removed: true })

    await stage.admin.config('SET', 'maxmemory', '0')
    await expect.poll(() => events.map(({ type }) => type), patience).toContain('save_recovered')
    expect(await scene.another().oauth.installation(expired).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F34 the server has become a read-only replica', () => {
  test('valid tokens go on serving, nothing is refreshed, and all is well after a failover back', async () => {
    await using stage = await createStage()
    const { scene, valid, expired, server } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    // Nobody is master there: it keeps what it has.
    await stage.admin.replicaof('127.0.0.1', server.port + 10_000)

    const error = await expectUnavailable(() => scene.app.oauth.installation(expired).accessToken())
    expect(String(error.cause)).toContain('READONLY')
    expect(await scene.another().oauth.installation(valid).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(0)

    await stage.admin.replicaof('NO', 'ONE')
    await stage.recovered(expired)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F34 Redis is loading its data', () => {
  test('calls fail within the bound, and go on with what was loaded', async () => {
    await using stage = await createStage(['--rdbcompression', 'no'])
    const { scene, valid, admin, server } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    const padding = Array.from({ length: 3_000 }, (_, index) => ['set', `padding:${index}`, 'x'.repeat(500)])
    await admin.pipeline(padding).exec()
    await admin.save()
    await server.kill()
    const slowly = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024']
    await server.start(slowly, /Loading RDB/)
    const bare = new Redis({ port: server.port, enableReadyCheck: false, maxLoadingRetryTime: 0 })
    await expect(bare.get('padding:0')).rejects.toThrow('LOADING')

    expect(await timed(() => scene.app.oauth.installation(valid).accessToken())).toBe(token)
    await expectUnavailable(() => scene.another().oauth.installation(valid).accessToken())
    await expect(bare.get('padding:0')).rejects.toThrow('LOADING')
    await bare.config('SET', 'key-load-delay', '0')
    bare.disconnect()

    await stage.up()
    expect(await scene.another().oauth.installation(valid).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(0)
  })
})

const patience = { timeout: 15_000, interval: 20 }

interface Stage extends AsyncDisposable {
  readonly server: RedisServer
  readonly scene: Scene
  readonly admin: Redis
  readonly events: readonly OAuthEvent[]
  /** An installation whose token is good for an hour. */
  readonly valid: Scene['ids'][number]
  /** An installation whose token has expired. */
  readonly expired: Scene['ids'][number]
  /** Resolves when Redis answers. */
  up(): Promise<void>
  /** Resolves when a token of this installation can be had. */
  recovered(id: Scene['ids'][number]): Promise<void>
}

/** A Redis of its own, to be mistreated, with two installations on it. */
async function createStage(
  serverOptions: readonly string[] = [],
  scenePolicy: typeof policy = policy,
): Promise<Stage> {
  const server = await startRedis(serverOptions)
  const events: OAuthEvent[] = []
  const scene = await createScene({ address: { port: server.port }, users: 2, policy: scenePolicy })
  const [valid, expired] = scene.ids as [Scene['ids'][number], Scene['ids'][number]]
  await scene.install({ ids: [valid], ago: 0 })
  await scene.install({ ids: [expired] })
  const app = scene.another({ onEvent: (event) => events.push(event) })
  // The command on a connection that is still opening would have to wait for it.
  await app.store.get('1:1')
  const admin = new Redis({ port: server.port, retryStrategy: () => 100, maxRetriesPerRequest: null })
  admin.on('error', () => {})
  return {
    server,
    scene: { ...scene, app },
    admin,
    events,
    valid,
    expired,
    async up() {
      await admin.ping()
    },
    async recovered(id) {
      const token = () => scene.app.oauth.installation(id).accessToken().catch(String)
      await expect.poll(async () => scene.fake.serverAccepts(await token()), patience).toBe(true)
    },
    [Symbol.asyncDispose]: async () => {
      admin.disconnect()
      await scene[Symbol.asyncDispose]()
      await server.stop()
    },
  }
}

async function timed<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  try {
    return await work()
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(boundMs)
  }
}

async function expectUnavailable(work: () => Promise<unknown>): Promise<StoreError> {
  const error = await timed(() => work().catch((reason: unknown) => reason))
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code: 'store_unavailable', retryable: true })
  return error as StoreError
}
