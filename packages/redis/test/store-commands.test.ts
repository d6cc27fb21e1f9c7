import type { InstallationId } from '@pd/oauth-core'
import { describe, expect, test, vi } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import type { IoRedisClient } from '../src/clients/ioredis.ts'
import { redisStore } from '../src/index.ts'

const keys = keysUnder('pd-oauth')
const id: InstallationId = '1:2'
const bucket = keys.bucketOf(id)

/** A store over a client that answers every command with what the test says. */
function createStore({ isCluster = false } = {}) {
  const client = {
    status: 'ready',
    options: {},
    get: vi.fn<(key: string) => Promise<string | null>>(async () => null),
    mget: vi.fn<(...wanted: string[]) => Promise<unknown>>(async (...wanted) => wanted.map(() => null)),
    publish: vi.fn(async () => 0),
    eval: vi.fn<(...words: unknown[]) => Promise<unknown>>(async () => 1),
    evalsha: vi.fn<(...words: unknown[]) => Promise<unknown>>(async () => 1),
    zrangebyscore: vi.fn<(...words: unknown[]) => Promise<unknown>>(async () => []),
    zrangebylex: vi.fn<(...words: unknown[]) => Promise<string[]>>(async () => []),
    zcount: vi.fn<(...words: unknown[]) => Promise<unknown>>(async () => 1),
    duplicate: vi.fn(),
    once: vi.fn(),
    off: vi.fn(),
    ...(isCluster && { nodes: () => [] }),
  }
  return { client, store: redisStore(client as unknown as IoRedisClient) }
}

describe('a write', () => {
  test('sends the hash of its script with the keys of its bucket, and what the record is', async () => {
    const { client, store } = createStore()
    const next = { version: 'b c', value: 'sealed', dueAt: 5, attention: true }
    expect(await store.compareAndSet(id, 'a', next)).toBe(true)
    expect(client.evalsha).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^[\da-f]{40}$/),
      4,
      keys.record(id),
      bucket.ids,
      bucket.due,
      bucket.attention,
      'a ',
      'b%20c ',
      'b%20c 5! sealed',
      id,
      '5',
      '1',
      bucket.changes,
    )
    expect(client.eval).not.toHaveBeenCalled()
  })

  test('of a first record expects nothing, and of one without instant and mark writes neither', async () => {
    const { client, store } = createStore()
    await store.compareAndSet(id, undefined, { version: 'a', value: 'sealed' })
    expect(client.evalsha.mock.lastCall!.slice(6, -1)).toEqual(['', 'a ', 'a  sealed', id, '', ''])
  })

  test('of nothing deletes', async () => {
    const { client, store } = createStore()
    await store.compareAndSet(id, 'a', undefined)
    expect(client.evalsha.mock.lastCall!.slice(6, -1)).toEqual(['a ', '', '', id, '', ''])
  })

  test.each([
    [1, true],
    ['1', true],
    [0, false],
    ['0', false],
    [null, false],
  ])('that Redis answers with %j has written: %j', async (reply, isWritten) => {
    const { client, store } = createStore()
    client.evalsha.mockResolvedValueOnce(reply)
    expect(await store.compareAndSet(id, 'a', undefined)).toBe(isWritten)
  })

  test('sends the script itself where Redis has forgotten it', async () => {
    const { client, store } = createStore()
    client.evalsha.mockRejectedValueOnce(new Error('NOSCRIPT No matching script.'))
    client.eval.mockResolvedValueOnce(0)
    expect(await store.compareAndSet(id, 'a', undefined)).toBe(false)
    const [, ...words] = client.evalsha.mock.lastCall!
    expect(client.eval).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("redis.call('GET'"), ...words)
  })

  test.each([new Error('OOM command not allowed'), 'NOSCRIPT text'])(
    'that fails with %o is not sent again',
    async (failure) => {
      const { client, store } = createStore()
      client.evalsha.mockRejectedValueOnce(failure)
      await expect(store.compareAndSet(id, 'a', undefined)).rejects.toBe(failure)
      expect(client.eval).not.toHaveBeenCalled()
    },
  )
})

describe('a read', () => {
  test('returns the record of its key, or undefined', async () => {
    const { client, store } = createStore()
    expect(await store.get(id)).toBeUndefined()
    client.get.mockResolvedValueOnce('a 5! sealed')
    expect(await store.get(id)).toEqual({ version: 'a', value: 'sealed', dueAt: 5, attention: true })
    expect(client.get.mock.calls).toEqual([[keys.record(id)], [keys.record(id)]])
    client.get.mockResolvedValueOnce('no record')
    await expect(store.get(id)).rejects.toThrow(`The value of the key ${keys.record(id)} is not a record.`)
  })

  test.each([
    [false, 1],
    [true, 3],
  ])(
    'shares its command with others (over a cluster, those of one bucket: %s)',
    async (isCluster, commands) => {
      const { client, store } = createStore({ isCluster })
      const ids = Array.from({ length: 200 }, (_, user) => `7:${user + 1}` as const)
      const three = keys.buckets.slice(0, 3)
      const wanted = three.flatMap((held) => ids.filter((one) => keys.bucketOf(one) === held).slice(0, 2))
      expect(wanted).toHaveLength(6)
      client.mget.mockImplementation(async (...all) => all.map((key) => `${key} 5 sealed`))
      const records = await Promise.all(wanted.map((one) => store.get(one)))
      expect(client.mget).toHaveBeenCalledTimes(commands)
      expect(records.map((record) => record?.version)).toEqual(wanted.map((one) => keys.record(one)))
      expect(client.get).not.toHaveBeenCalled()
    },
  )
})

describe('a list, a count and what is due', () => {
  test('read the indexes of what they are asked for', async () => {
    const { client, store } = createStore()
    const indexesOf = (kind: 'ids' | 'due' | 'attention') => keys.buckets.map((each) => each[kind])
    expect(await store.list({ limit: 5 })).toEqual({ ids: [] })
    expect(client.zrangebylex.mock.calls.map(([key]) => key)).toEqual(indexesOf('ids'))
    client.zrangebylex.mockClear()
    await store.list({ limit: 5, attention: true })
    expect(client.zrangebylex.mock.calls.map(([key]) => key)).toEqual(indexesOf('attention'))
    expect(await store.count({ attention: true })).toBe(64)
    expect(client.zcount.mock.calls).toEqual(indexesOf('attention').map((key) => [key, '-inf', '+inf']))
    client.zcount.mockClear()
    expect(await store.count({ dueBefore: 7 })).toBe(64)
    expect(client.zcount.mock.calls).toEqual(indexesOf('due').map((key) => [key, '-inf', '(7']))
    expect(await store.due(7, 5)).toEqual([])
    expect(client.zrangebyscore.mock.calls.map(([key]) => key)).toEqual(indexesOf('due'))
  })
})

describe('a check', () => {
  test.each([
    [false, 1],
    [true, 64],
  ])('asks every server that holds a bucket (a cluster: %s)', async (isCluster, servers) => {
    const { client, store } = createStore({ isCluster })
    client.eval.mockResolvedValue(['noeviction', '1', ''])
    expect(await store.check()).toEqual([])
    expect(client.eval.mock.calls.map(([, , key]) => key)).toEqual(
      keys.buckets.slice(0, servers).map(({ ids }) => ids),
    )
  })
})

test('a store over a client that cannot open connections neither waits nor watches', () => {
  const { store } = createStore()
  expect([typeof store.changed, typeof store.watch]).toEqual(['function', 'function'])
  const polling = redisStore({ exec: async () => null, createScript: () => {} } as never)
  expect(polling).not.toHaveProperty('changed')
  expect(polling).not.toHaveProperty('watch')
})
