import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { OAuthEvent, PipedriveOAuth } from '@pd/oauth-core'
import { hears } from '@pd/test-support/hears'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { startSentinelGroup } from '@pd/test-support/redis-sentinels'
import { createScene, openApp, patientPolicy, type Scene, type Worker } from '@pd/test-support/scene'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ioredisOptions, redisStore } from '../src/index.ts'
import { at, type PrefixAddress } from './processes/opener.ts'
import { connect, uniquePrefix } from './servers/connect.ts'
import { startSilentProxy } from './servers/silent-proxy.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())

const minute = 60_000
const policy = { ...patientPolicy, cacheMs: 50, watchHeartbeatMs: 100, watchRetryMs: 100 }

/** An application that hears over a Redis, at this port or behind a proxy, and a second process directly at the Redis. */
async function createHearingScene(port = server.port, through = port) {
  const scene = await createScene({ ...at({ port }), policy })
  await scene.install({ ago: 0 })
  const client = connect({ port: through })
  const store = redisStore(client, { prefix: scene.address.prefix })
  const gets = { count: 0 }
  const get: typeof store.get = (id) => {
    gets.count++
    return store.get(id)
  }
  const events: OAuthEvent[] = []
  const app = openApp(
    {
      store: { ...store, get },
      [Symbol.asyncDispose]: async () => {
        await store.close()
        client.disconnect()
      },
    },
    { origin: scene.origin, policy },
    { onEvent: (event) => events.push(event), logger: false },
  )
  const id = scene.ids[0]!
  const counted = { oauth: app.oauth, gets, cacheMs: policy.cacheMs }
  await hears(counted, id)
  return {
    scene,
    hears: () => hears(counted, id),
    app,
    events,
    gets,
    id,
    happened: (type: OAuthEvent['type']) => events.filter((event) => event.type === type),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await scene[Symbol.asyncDispose]()
    },
  }
}

const refusal = (oauth: PipedriveOAuth, id: Scene['ids'][number]) =>
  oauth
    .installation(id)
    .accessToken()
    .then(
      () => 'served',
      (error: { code: string }) => error.code,
    )

test('memory is served without a command, and what another process does is heard: a refresh, an uninstall, a new connection', async () => {
  await using hearing = await createHearingScene()
  const { app, gets, id, scene } = hearing
  const before = gets.count
  for (let call = 0; call < 1_000; call++) await app.oauth.installation(id).accessToken()
  expect(gets.count).toBe(before)

  const other = scene.another().oauth.installation(id)
  await other.refresh()
  const refreshed = await other.accessToken()
  await expect.poll(() => app.oauth.installation(id).accessToken()).toBe(refreshed)
  await other.forget()
  await expect.poll(() => refusal(app.oauth, id)).toBe('not_installed')
  await scene.install({ ago: 0 })
  await expect.poll(() => refusal(app.oauth, id)).toBe('served')
})

/** Whether the record could be deleted. */
function forgets(oauth: PipedriveOAuth, id: string): Promise<boolean> {
  return oauth
    .installation(id)
    .forget()
    .then(
      () => true,
      () => false,
    )
}

test('another process hears of an uninstall although cacheMs is an hour', async () => {
  await using scene = await createScene({
    ...at({ port: server.port }),
    policy: { ...patientPolicy, cacheMs: 60 * minute },
  })
  await scene.install({ ago: 0 })
  const { ids } = scene
  const [worker] = (await scene.workers(1)) as [Worker]
  expect((await worker.run('tokens', { ids })).refused).toEqual([])
  const ours = scene.app.oauth.installation(ids[0]!)
  const hasHeard = async () => {
    await ours.refresh()
    const { tokens } = await worker.run('tokens', { ids })
    return tokens[0] === (await ours.accessToken())
  }
  await expect.poll(hasHeard).toBe(true)
  await ours.forget()
  const refused = async () => (await worker.run('tokens', { ids })).refused
  await expect.poll(refused).toEqual(['not_installed'])
})

test('a subscription that is half open is lost within a heartbeat and a second; what was missed is read after that', async () => {
  await using proxy = await startSilentProxy({ port: server.port })
  await using hearing = await createHearingScene(server.port, proxy.port)
  const { app, events, happened, id, scene } = hearing
  proxy.fallSilent('subscribers')
  const silentAt = Date.now()
  await scene.another().oauth.installation(id).forget()
  await expect.poll(() => refusal(app.oauth, id)).toBe('not_installed')
  const boundMs = policy.watchHeartbeatMs + 1_000 + policy.cacheMs
  expect(Date.now() - silentAt).toBeLessThan(boundMs + 10_000)
  await expect.poll(() => happened('watch_lost').length).toBe(1)
  expect(happened('watch_lost')[0]).toMatchObject({ cause: expect.stringContaining('did not answer') })

  proxy.recover()
  await scene.install({ ago: 0 })
  await expect.poll(() => refusal(app.oauth, id)).toBe('served')
  await hearing.hears()
  expect(events.filter(({ type }) => type.startsWith('watch_')).map(({ type }) => type)).toEqual([
    'watch_lost',
    'watch_restored',
  ])
})

test('a process that is cut off from Redis says so once, serves its token meanwhile, and hears again after that', async () => {
  await using proxy = await startSilentProxy({ port: server.port })
  await using hearing = await createHearingScene(server.port, proxy.port)
  const { app, happened, id, scene } = hearing
  proxy.fallSilent()
  await expect.poll(() => happened('watch_lost').length).toBe(1)
  expect(await refusal(app.oauth, id)).toBe('served')
  await scene.another().oauth.installation(id).forget()
  proxy.recover()
  await expect.poll(() => refusal(app.oauth, id)).toBe('not_installed')
  expect(happened('watch_lost')).toHaveLength(1)
})

test('after a restart of Redis, what changed meanwhile is read, and what changes then is heard', async () => {
  await using mortal = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  await using hearing = await createHearingScene(mortal.port)
  const { app, happened, id, scene } = hearing
  await mortal.kill()
  await expect.poll(() => happened('watch_lost').length).toBe(1)
  await mortal.start()
  const other = scene.another()
  await expect.poll(() => forgets(other.oauth, id)).toBe(true)
  await expect.poll(() => refusal(app.oauth, id)).toBe('not_installed')
  await scene.install({ ago: 0 })
  await expect.poll(() => refusal(app.oauth, id)).toBe('served')
  await hearing.hears()
  expect(happened('watch_restored')).toHaveLength(1)
})

test('after a failover by Sentinel, memory hears the new master', { timeout: 240_000 }, async () => {
  const long = { timeout: 120_000, interval: 20 }
  await using opened = new AsyncDisposableStack()
  const group = opened.use(await startSentinelGroup())
  const sentinels = group.sentinelPorts.map((port) => ({ host: '127.0.0.1', port }))
  const open = () => {
    const client = new Redis({ ...ioredisOptions, sentinels, name: group.name })
    opened.defer(() => client.disconnect())
    client.on('error', () => {})
    return redisStore(client, { prefix })
  }
  const prefix = uniquePrefix()
  const source = opened.use(await createScene(at({ port: server.port })))
  const setup = { origin: source.origin, policy }
  const events: OAuthEvent[] = []
  const none = { [Symbol.asyncDispose]: async () => {} }
  const store = open()
  const gets = { count: 0 }
  const counted = {
    ...store,
    get: (id: Scene['ids'][number]) => {
      gets.count++
      return store.get(id)
    },
  }
  const app = openApp({ store: counted, ...none }, setup, {
    onEvent: (event) => events.push(event),
    logger: false,
  })
  const other = openApp({ store: open(), ...none }, setup, { logger: false })
  const id = source.ids[0]!
  const adopt = async () => {
    await source.install({ ago: 0 })
    const record = await source.app.store.get(id)
    const stored = await store.get(id)
    return store.compareAndSet(id, stored?.version, record)
  }
  expect(await adopt()).toBe(true)
  await hears({ oauth: app.oauth, gets, cacheMs: policy.cacheMs }, id)

  group.master.freeze()
  await expect.poll(() => events.some(({ type }) => type === 'watch_lost'), long).toBe(true)
  await expect.poll(() => forgets(other.oauth, id), long).toBe(true)
  await expect.poll(() => refusal(app.oauth, id), long).toBe('not_installed')
  await expect.poll(() => adopt().catch(() => false), long).toBe(true)
  await expect.poll(() => refusal(app.oauth, id), long).toBe('served')
  await hears({ oauth: app.oauth, gets, cacheMs: policy.cacheMs }, id)
  expect(events.some(({ type }) => type === 'watch_restored')).toBe(true)
  group.master.thaw()
})

test('a process whose memory hears exits by itself once its client is closed', async () => {
  await using scene = await createScene(at({ port: server.port }))
  await scene.install({ ago: 0 })
  const script = fileURLToPath(new URL('./processes/hear-and-quit.ts', import.meta.url))
  const { prefix } = scene.address satisfies PrefixAddress
  const run = promisify(execFile)(
    process.execPath,
    [script, String(server.port), prefix, scene.origin, scene.ids[0]!],
    { timeout: 20_000 },
  )
  const onlyOfDurability = expect.stringMatching(/^[^\n]* appendonly no: [^\n]*\n$/)
  expect(await run).toEqual({ stdout: 'done\n', stderr: onlyOfDurability })
})
