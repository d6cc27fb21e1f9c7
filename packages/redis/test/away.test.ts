import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { describe, expect, test } from 'vitest'
import * as published from '../src/index.ts'
import { redisStore, type RedisClient, type RedisStore } from '../src/index.ts'
import { uniquePrefix } from './servers/connect.ts'
import { startSilentProxy, type SilentProxy } from './servers/silent-proxy.ts'

/** How long a command may take here: the options allow 4.5 s, and machines are busy. */
const longestMs = 15_000

/** A client as docs/reference/redis.md makes it, of a Redis at this port. */
type Make = (port: number) => RedisClient & { on(event: 'error', listener: () => void): unknown }

const makers = documentedClients()

/** Ways in which Redis can be away, and how it comes back. */
interface Trouble {
  begin(server: RedisServer, proxy: SilentProxy): Promise<void> | void
  end(server: RedisServer, proxy: SilentProxy): Promise<void> | void
}

const troubles: Record<string, Trouble> = {
  'was killed and is restarted': { begin: (server) => server.kill(), end: (server) => server.start() },
  'is stopped and goes on': { begin: (server) => server.freeze(), end: (server) => server.thaw() },
  'sits behind a connection that died in silence': {
    begin: (_, proxy) => proxy.fallSilent(),
    end: (_, proxy) => proxy.recover(),
  },
  'refuses connections': { begin: (_, proxy) => proxy.refuse(), end: (_, proxy) => proxy.accept() },
}

describe.concurrent.each(Object.keys(makers))('F86 a client as documented: %s', (name) => {
  test.concurrent.for(Object.entries(troubles))(
    'while Redis %s, each command ends in time, and the first one afterwards succeeds',
    { timeout: 120_000 },
    async ([, trouble], { expect }) => {
      await using server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
      await using proxy = await startSilentProxy(server)
      await using on = await open(makers[name]!, proxy.port)
      await on.store.compareAndSet('1:1', undefined, record('a'))

      await trouble.begin(server, proxy)
      for (let attempt = 1; attempt <= 2; attempt++)
        for (const command of commandsOf(on.store, attempt)) {
          const startedAt = performance.now()
          await expect(command()).rejects.toThrow()
          // The options allow 4.5 s. A busy machine may need more; a client without them needs longer each time.
          expect(performance.now() - startedAt).toBeLessThan(longestMs)
        }
      await trouble.end(server, proxy)

      await expect.poll(() => on.store.get('1:1').catch(() => undefined)).toMatchObject(record('a'))
      expect(await on.store.compareAndSet('1:1', 'a', record('b'))).toBe(true)
    },
  )
})

test.each(Object.keys(makers))(
  'F76 while Redis is away, the innermost cause of a command’s error is that of the connection: %s',
  { timeout: 120_000 },
  async (name) => {
    await using server = await startRedis()
    await using on = await open(makers[name]!, server.port)
    expect(await on.store.get('1:1')).toBeUndefined()
    await server.kill()

    const refused = `ECONNREFUSED 127.0.0.1:${server.port}`
    await expect.poll(() => innermostCauseOf(on.store.get('1:1'))).toContain(refused)
    expect(await innermostCauseOf(on.store.due(1, 10))).toContain(refused)
    await server.start()
    await expect.poll(() => on.store.get('1:1').catch(() => 'not yet')).toBeUndefined()
    const admin = new Redis(server.port)
    await admin.config('SET', 'maxmemory', '1')
    const write = on.store.compareAndSet('1:1', undefined, record('a'))
    expect(await innermostCauseOf(write)).toContain('OOM command not allowed')
    admin.disconnect()
  },
)

test.each([true, false])(
  'F76 a pool that was cut off names no connection error that is over (a command succeeded meanwhile: %s)',
  { timeout: 120_000 },
  async (hasSucceeded) => {
    await using server = await startRedis()
    const pool = createClientPool({ ...published.nodeRedisOptions, url: `redis://127.0.0.1:${server.port}` })
    const errors: unknown[] = []
    pool.on('error', (error: unknown) => void errors.push(error))
    await pool.connect()
    const store = redisStore(pool, { prefix: uniquePrefix() })
    await store.compareAndSet('2:2', undefined, record('a'))
    await server.kill()
    await expect.poll(() => errors.length).toBeGreaterThan(0)
    await server.start()
    await expect.poll(() => pool.ping().catch(() => '')).toBe('PONG')
    if (hasSucceeded) expect(await store.get('1:1')).toBeUndefined()
    await pool.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    const write = store.compareAndSet('1:1', undefined, record('a'))
    expect(await innermostCauseOf(write)).toContain('OOM command not allowed')
    pool.destroy()
    const late = await innermostCauseOf(store.get('1:1'))
    expect(late).not.toMatch(/ECONNREFUSED|no error/)
  },
)

async function innermostCauseOf(command: Promise<unknown>): Promise<string> {
  try {
    await command
    return 'no error'
  } catch (error) {
    let cause = error as Error
    while (cause.cause !== undefined) cause = cause.cause as Error
    return cause.message
  }
}

const record = (version: string) => ({ version, value: 'sealed' })

function commandsOf(store: RedisStore, attempt: number): readonly (() => Promise<unknown>)[] {
  return [
    () => store.get('1:1'),
    () => store.compareAndSet(`2:${attempt}`, undefined, record('a')),
    () => store.due(1, 10),
  ]
}

async function open(make: Make, port: number): Promise<{ readonly store: RedisStore } & AsyncDisposable> {
  const client = make(port)
  client.on('error', () => {})
  if ('connect' in client && 'isOpen' in client) await (client as { connect(): Promise<unknown> }).connect()
  const store = redisStore(client, { prefix: uniquePrefix() }) as RedisStore
  const close = client as { disconnect?(): void; destroy?(): void }
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      if (close.destroy === undefined) close.disconnect?.()
      else close.destroy()
    },
  }
}

/** Runs the block of docs/reference/redis.md that makes clients, with the address of a test's Redis in place of its own. */
function documentedClients(): Record<string, Make> {
  const page = readFileSync(new URL('../../../docs/reference/redis.md', import.meta.url), 'utf8')
  const block = page.split('```ts\n').find((text) => text.includes('export const clients'))
  const [, body] = /export const clients = (\{[\s\S]*?\n\})\n```/.exec(block ?? '') ?? []
  if (body === undefined) throw new Error('docs/reference/redis.md has no block that makes clients.')
  const names = { ...published, Redis, Cluster, createClient, createCluster, createSentinel }
  const made = (port: number) =>
    runInNewContext(`(${body})`, { ...names, url: `redis://127.0.0.1:${port}` }) as Record<
      string,
      () => never
    >
  const single = ['ioredis', 'nodeRedis']
  return Object.fromEntries(single.map((name) => [name, (port) => made(port)[name]!()] as const))
}
