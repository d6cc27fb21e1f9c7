import { manualClock } from '@pd/fake-pipedrive'
import { StoreError, type OAuthEvent } from '@pd/oauth-core'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { createScene, type Scene } from '@pd/test-support/scene'
import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { at } from './processes/opener.ts'

// Each call here ends before Redis recovers: the tests end the trouble only afterwards.
const storeTimeoutMs = 1_500
const policy = {
  requestTimeoutMs: 6_000,
  leaseMs: 20_000,
  clockSkewMs: 100,
  storeTimeoutMs,
  cacheMs: 0,
  refreshAheadMs: 0,
}

describe('F34 Redis stands still', () => {
  test('a cached token is still served, and a call without one fails', async () => {
    await using stage = await createStage()
    const { scene, valid, expired, events } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    const thaw = await stage.freeze()

    const [served] = await Promise.all([
      scene.app.oauth.installation(valid).accessToken(),
      expectUnavailable(() => scene.app.oauth.installation(expired).accessToken()),
    ])
    expect(served).toBe(token)
    expect(events.map(({ type }) => type)).toContain('served_without_store')
    expect(scene.refreshes()).toBe(0)

    thaw()
    await stage.recovered(expired)
    expect(scene.refreshes()).toBe(1)
  })

  test('a call fails within three times storeTimeoutMs', async () => {
    await using stage = await createStage()
    const { scene, expired } = stage
    const clock = manualClock(Date.now())
    const app = scene.another({ clock })
    await app.store.get('1:1')
    const thaw = await stage.freeze()

    const failed = expectUnavailable(() => app.oauth.installation(expired).accessToken())
    await clock.advance(3 * storeTimeoutMs)

    // The clock stands still again: what has not failed by now never does.
    await failed
    thaw()
  })

  test('a claim that is written after its caller gave up holds others up for one lease at most', async () => {
    await using stage = await createStage()
    const { scene, expired } = stage
    await stage.admin.call('CLIENT', 'PAUSE', '60000', 'WRITE')
    await expectUnavailable(() => scene.app.oauth.installation(expired).accessToken())
    expect(scene.refreshes()).toBe(0)

    await stage.admin.call('CLIENT', 'UNPAUSE')
    const status = async () => (await scene.app.oauth.installation(expired).describe())?.status
    await expect.poll(status).toBe('refreshing')
    const later = scene.another()
    const waiting = later.oauth.installation(expired).accessToken()
    await expect.poll(stage.subscriptions).toBeGreaterThan(0)
    expect(scene.refreshes()).toBe(0)
    later.advanceClock(policy.leaseMs + policy.clockSkewMs)

    expect(scene.fake.serverAccepts(await waiting)).toBe(true)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F34 Redis restarts empty', () => {
  test('a token is served while it is cached; then the user has to connect again, and can', async () => {
    await using stage = await createStage([], { cacheMs: 60_000 })
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

    // The server has lost the script, too.
    await scene.install({ ids: [expired] })
    expect(scene.fake.serverAccepts(await fresh.installation(expired).accessToken())).toBe(true)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F08 F34 Redis is killed during a refresh, and comes back with its data', () => {
  test('the new token is served meanwhile, and is saved when Redis is back', async () => {
    await using stage = await createStage(['--appendonly', 'yes', '--appendfsync', 'always'])
    const { scene, expired, server, events } = stage
    const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
    const asked = scene.app.oauth.installation(expired).accessToken()
    await gate.reached
    await server.kill()
    gate.release()

    const token = await asked
    expect(scene.fake.serverAccepts(token)).toBe(true)
    expect(await scene.app.oauth.installation(expired).accessToken()).toBe(token)
    expect(events.map(({ type }) => type)).toContain('save_failed')
    await expectUnavailable(() => scene.another().oauth.installation(expired).accessToken())

    await server.start()
    // The client sends its queue: a write that had timed out arrives before the one that is under way.
    await expect.poll(() => events.map(({ type }) => type)).toContain('save_recovered')
    expect(await scene.another().oauth.installation(expired).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F08 F34 Redis is out of memory', () => {
  test('no refresh is made whose result could not be saved', async () => {
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

  test('a token from before is served, and is saved when there is room; an uninstall needs no room', async () => {
    // With equal clocks, a notice is about this installation without doubt, however soon it comes.
    await using stage = await createStage([], { clockSkewMs: 0 })
    const { scene, valid, expired, events } = stage
    const gate = scene.fake.faults.hold({ endpoint: 'token', when: 'after' })
    const asked = scene.app.oauth.installation(expired).accessToken()
    await gate.reached
    await stage.admin.config('SET', 'maxmemory', '1')
    gate.release()

    const token = await asked
    expect(scene.fake.serverAccepts(token)).toBe(true)
    const { request } = await scene.fake.uninstall(valid)
    expect(await scene.app.oauth.handleUninstall(request)).toMatchObject({ removed: true })

    await stage.admin.config('SET', 'maxmemory', '0')
    await expect.poll(() => events.map(({ type }) => type)).toContain('save_recovered')
    expect(await scene.another().oauth.installation(expired).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(1)
  })
})

describe('F34 the server has become a read-only replica', () => {
  test('valid tokens are still served, nothing is refreshed, and all works again after a failover back', async () => {
    await using stage = await createStage()
    const { scene, valid, expired, server } = stage
    const token = await scene.app.oauth.installation(valid).accessToken()
    // No server listens on that port, so the replica keeps its data.
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
  test('calls fail meanwhile, and work with the loaded data afterwards', async () => {
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

    expect(await scene.app.oauth.installation(valid).accessToken()).toBe(token)
    await expectUnavailable(() => scene.another().oauth.installation(valid).accessToken())
    await expect(bare.get('padding:0')).rejects.toThrow('LOADING')
    await bare.config('SET', 'key-load-delay', '0')
    bare.disconnect()

    await stage.up()
    expect(await scene.another().oauth.installation(valid).accessToken()).toBe(token)
    expect(scene.refreshes()).toBe(0)
  })
})

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
  /** Stops the server's process, like a machine that hangs. The result lets it go on. */
  freeze(): Promise<() => void>
  /** How many channels are subscribed to. */
  subscriptions(): Promise<number>
  /** Resolves when this installation gets a token. */
  recovered(id: Scene['ids'][number]): Promise<void>
}

/** A Redis of its own, which a test may mistreat, with two installations. */
async function createStage(
  serverOptions: readonly string[] = [],
  more: Partial<typeof policy> = {},
): Promise<Stage> {
  const server = await startRedis(serverOptions)
  const events: OAuthEvent[] = []
  const scene = await createScene({
    ...at({ port: server.port }),
    users: 2,
    policy: { ...policy, ...more },
  })
  const [valid, expired] = scene.ids as [Scene['ids'][number], Scene['ids'][number]]
  await scene.install({ ids: [valid], ago: 0 })
  await scene.install({ ids: [expired] })
  const app = scene.another({ onEvent: (event) => events.push(event) })
  // Connects before the trouble begins.
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
    async freeze() {
      const pid = Number(/process_id:(\d+)/.exec(await admin.info('server'))?.[1])
      process.kill(pid, 'SIGSTOP')
      return () => process.kill(pid, 'SIGCONT')
    },
    async subscriptions() {
      const channels = (await admin.pubsub('CHANNELS', '*')) as unknown[]
      return channels.length
    },
    async recovered(id) {
      const token = () => scene.app.oauth.installation(id).accessToken().catch(String)
      await expect.poll(async () => scene.fake.serverAccepts(await token())).toBe(true)
    },
    [Symbol.asyncDispose]: async () => {
      admin.disconnect()
      await scene[Symbol.asyncDispose]()
      await server.stop()
    },
  }
}

async function expectUnavailable(work: () => Promise<unknown>): Promise<StoreError> {
  const error = await work().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code: 'store_unavailable', retryable: true })
  return error as StoreError
}
