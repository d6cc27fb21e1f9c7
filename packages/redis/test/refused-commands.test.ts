import type { InstallationId, StoredRecord } from '@pd/oauth-core'
import { startRedis, type RedisServer } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { keysUnder, type Bucket } from '../src/buckets.ts'
import { Changes } from '../src/changes.ts'
import { ioRedisConnection } from '../src/clients/ioredis.ts'
import { redisStore } from '../src/index.ts'
import { uniquePrefix } from './servers/connect.ts'
import { documentedRules } from './servers/documented-rules.ts'
import { expectHandedOver } from './servers/expect-handed-over.ts'

// These tests create users and fill the memory, so they need a Redis of their own.
let server: RedisServer
let admin: Redis
let prefix: string
beforeAll(async () => {
  server = await startRedis()
  admin = new Redis({ port: server.port })
})
beforeEach(() => {
  prefix = uniquePrefix()
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

const id = '12:34'
const plain = { version: 'a', value: 'sealed' } satisfies StoredRecord
const due = { version: 'b', value: 'sealed', dueAt: 5 } satisfies StoredRecord
const marked = { version: 'c', value: 'sealed', attention: true } satisfies StoredRecord

/** Every way in which a write can change a record and its index entries. */
const writes: readonly [string, before: StoredRecord | undefined, next: StoredRecord | undefined][] = [
  ['insert', undefined, plain],
  ['insert that is due', undefined, due],
  ['insert that needs attention', undefined, marked],
  ['update that becomes due', plain, due],
  ['update that is no longer due and needs attention', due, marked],
  ['update that needs no attention any more', marked, plain],
  ['delete', plain, undefined],
  ['delete of what is due', due, undefined],
  ['delete of what needs attention', marked, undefined],
]

const commands = ['get', 'evalsha', 'set', 'del', 'zadd', 'zrem', 'publish'] as const

/** Whether a write with this result needs a command. */
function isNeeded(command: (typeof commands)[number], next: StoredRecord | undefined): boolean {
  if (command === 'del') return next === undefined
  return command === 'set' || command === 'zadd' ? next !== undefined : true
}

describe.each(commands)('F36 a user without %s', (command) => {
  test.each(writes)('leaves nothing half done: %s', async (_, before, next) => {
    await write(admin, undefined, before)
    const earlier = await everything()
    const outcome = await withUser(['~*', '&*', '+@all', `-${command}`], (limited) =>
      write(limited, before?.version, next).catch(String),
    )
    if (isNeeded(command, next)) {
      expect(outcome).toMatch(/NOPERM|can't run this command/)
      expect(await everything()).toEqual(earlier)
      await write(admin, before?.version, next)
    } else expect(outcome).toBe(true)
    expect(await everything()).toEqual(expectedOf(next))
  })
})

describe.each(['ids', 'due', 'attention'] satisfies (keyof Bucket)[])('F36 an index %s', (index) => {
  test.each(writes)('that holds a string changes nothing: %s', async (_, before, next) => {
    await write(admin, undefined, before)
    const key = keysUnder(prefix).bucketOf(id)[index]
    await admin.del(key)
    await admin.set(key, 'a string')
    const earlier = await everything()
    await expect(write(admin, before?.version, next)).rejects.toThrow('WRONGTYPE')
    expect(await everything()).toEqual(earlier)
  })
})

describe.each(['record', 'ids', 'due', 'attention'] as const)('F36 a user who may only read %s', (name) => {
  test.each(writes)('leaves nothing half done: %s', async (_, before, next) => {
    await write(admin, undefined, before)
    const earlier = await everything()
    const keys = keysUnder(prefix)
    const places = { record: keys.record(id), ...keys.bucketOf(id) }
    const { changes: _channel, [name]: readable, ...writable } = places
    const rules = [`%R~${readable}`, ...Object.values(writable).map((key) => `~${key}`), '&*', '+@all']
    await withUser(rules, (limited) =>
      expect(write(limited, before?.version, next)).rejects.toThrow(/NOPERM|can't access at least one/),
    )
    expect(await everything()).toEqual(earlier)
  })
})

test('F36 a user without access to channels changes nothing, because others would not hear of it', async () => {
  await write(admin, undefined, due)
  await withUser(['~*', 'resetchannels', '+@all'], async (limited) => {
    for (const next of [marked, undefined])
      await expect(write(limited, due.version, next)).rejects.toThrow(/NOPERM|channel/)
  })
  expect(await everything()).toEqual(expectedOf(due))
})

test('F36 full memory changes nothing, but a delete needs none', async () => {
  await write(admin, undefined, due)
  await admin.config('SET', 'maxmemory', '1')
  try {
    await expect(write(admin, due.version, marked)).rejects.toThrow('OOM')
    await expect(write(admin, undefined, plain, '12:35')).rejects.toThrow('OOM')
    expect(await everything()).toEqual(expectedOf(due))
    expect(await write(admin, due.version, undefined)).toBe(true)
    expect(await everything()).toEqual({})
  } finally {
    await admin.config('SET', 'maxmemory', '0')
  }
})

test('F36 a date that Redis does not take changes nothing', async () => {
  await write(admin, undefined, due)
  await expect(write(admin, due.version, { ...marked, dueAt: Number.NaN })).rejects.toThrow(
    'not a valid float',
  )
  expect(await everything()).toEqual(expectedOf(due))
})

test('F36 a refused write tells no watch of a version that never was', async () => {
  await using watching = redisStore(admin, { prefix })
  const told: (string | undefined)[] = []
  const watch = await watching.watch((_, version) => told.push(version), { heartbeatMs: 1_000 })
  await write(admin, undefined, plain)
  for (const command of commands)
    await withUser(['~*', '&*', '+@all', `-${command}`], async (limited) => {
      const isRefused = await write(limited, plain.version, due).then(
        () => false,
        () => true,
      )
      if (!isRefused) await write(admin, due.version, plain)
    })
  await write(admin, plain.version, marked)
  await expect.poll(() => told).toContain(marked.version)
  expect(told).toEqual(['a', 'b', 'a', 'c'])
  await watch.close()
})

test('the documented rights are enough', async () => {
  prefix = `my-app:${prefix}`
  await withUser(documentedRules(), async (limited) => {
    await using store = redisStore(limited, { prefix })
    const told: string[] = []
    const watch = await store.watch((changed) => told.push(changed), { heartbeatMs: 1_000 })
    await store.compareAndSet(id, undefined, due)
    await store.compareAndSet(id, due.version, marked)
    expect(await store.get(id)).toEqual(marked)
    expect(await store.due(10, 10)).toEqual([])
    expect(await store.list({ attention: true, limit: 10 })).toEqual({ ids: [id] })
    expect(await store.count({ attention: true })).toBe(1)
    await store.compareAndSet(id, marked.version, undefined)
    await expect.poll(() => told).toEqual([id, id, id])
    await watch.close()
  })
})

test('the documented rights are enough to receive records', async () => {
  prefix = `my-app:${prefix}`
  await write(admin, undefined, plain)
  await withUser(documentedRules(), async (limited) => {
    const changes = new Changes(ioRedisConnection(limited).subscriptions!, keysUnder(prefix))
    const joined = () => admin.pubsub('CHANNELS', `${prefix}:*:changes:*:*`) as Promise<unknown[]>
    await expectHandedOver(changes, redisStore(limited, { prefix }), id, joined)
    changes.close()
  })
})

test.each(['pubsub', 'publish'])(
  'a writer who may not %s for those who wait writes all the same, and they are told without the record',
  async (command) => {
    await write(admin, undefined, plain)
    await using waiting = redisStore(admin, { prefix })
    const handed = waiting.changed(id, plain.version, AbortSignal.timeout(10_000))
    const { changes } = keysUnder(prefix).bucketOf(id)
    await expect.poll(() => admin.pubsub('CHANNELS', `${changes}:*:*`)).toHaveLength(1)
    const rules =
      command === 'pubsub' ? ['&*', '+@all', '-pubsub'] : [`resetchannels`, `&${changes}`, '+@all']
    expect(await withUser(['~*', ...rules], (limited) => write(limited, plain.version, due))).toBe(true)
    expect(await handed).toBeUndefined()
  },
)

function write(
  client: Redis,
  expected: string | undefined,
  next: StoredRecord | undefined,
  of: InstallationId = id,
): Promise<boolean> {
  return redisStore(client, { prefix }).compareAndSet(of, expected, next)
}

/** Runs something as a user with these rights. */
async function withUser<T>(rules: readonly string[], work: (limited: Redis) => Promise<T>): Promise<T> {
  await admin.acl('SETUSER', 'limited', 'reset', 'on', '>limited', ...rules)
  const limited = new Redis({ port: server.port, username: 'limited', password: 'limited' })
  try {
    return await work(limited)
  } finally {
    limited.disconnect()
  }
}

/** All that is stored under the prefix. */
async function everything(): Promise<Record<string, string>> {
  const keys = (await admin.keys(`${prefix}:*`)).toSorted()
  const contents = keys.map(async (key) => {
    const type = await admin.type(key)
    return [
      key.slice(key.lastIndexOf('}:') + 2),
      type === 'string'
        ? await admin.get(key)
        : JSON.stringify(await admin.zrange(key, '0', '-1', 'WITHSCORES')),
    ]
  })
  return Object.fromEntries(await Promise.all(contents))
}

/** All that should be stored with one record. */
function expectedOf(record: StoredRecord | undefined): Record<string, string> {
  if (record === undefined) return {}
  const { version, value, dueAt, attention } = record
  return {
    [id]: `${version} ${dueAt ?? ''}${attention ? '!' : ''} ${value}`,
    ids: JSON.stringify([id, '0']),
    ...(dueAt !== undefined && { due: JSON.stringify([id, String(dueAt)]) }),
    ...(attention && { attention: JSON.stringify([id, '0']) }),
  }
}
