import { describe, expect, test, vi } from 'vitest'
import { keysUnder } from '../src/buckets.ts'
import { ioRedisConnection, ioRedisProblems, type IoRedisClient } from '../src/clients/ioredis.ts'
import {
  nodeRedisConnection,
  nodeRedisProblems,
  type NodeRedisClient,
  type NodeRedisCluster,
} from '../src/clients/node-redis.ts'
import { clusterSlot } from '../src/cluster-slot.ts'
import { recognise } from '../src/redis-client.ts'
import { commandsOver } from '../src/redis-commands.ts'

const { buckets } = keysUnder('pd')
const channels = buckets.map(({ changes }) => changes)
const slots = buckets.map(({ ids }) => clusterSlot(/\{(\d+)\}/.exec(ids)![1]!))

function problemsOf(client: unknown): string {
  const recognised = recognise(client)
  return 'problems' in recognised ? recognised.problems.join('\n') : ''
}

describe('a client of ioredis', () => {
  const withOptions = (options: unknown) => ioRedisProblems({ options } as IoRedisClient)

  test.each([
    undefined,
    {},
    { scaleReads: 'master', role: 'master', readOnly: false, keyPrefix: 'a:', sentinels: [] },
    { sentinels: [{}], failoverDetector: true, socketTimeout: 1 },
    { sentinels: 'none' },
    { keyPrefix: null },
  ])('with the options %j can be used', (options) => expect(withOptions(options)).toEqual([]))

  test.each([
    [{ scaleReads: 'slave' }, /replica lags behind/],
    [{ scaleReads: () => undefined }, /replica lags behind/],
    [{ role: 'slave' }, /replica lags behind/],
    [{ readOnly: true }, /replica lags behind/],
    [{ sentinels: [{}] }, /failoverDetector: true and a socketTimeout/],
    [{ sentinels: [{}], failoverDetector: true }, /failoverDetector: true and a socketTimeout/],
    [{ sentinels: [{}], socketTimeout: 1 }, /failoverDetector: true and a socketTimeout/],
    [
      { sentinels: [{}], failoverDetector: true, socketTimeout: 0 },
      /failoverDetector: true and a socketTimeout/,
    ],
    [{ keyPrefix: '{' }, /braces/],
    [{ keyPrefix: 'a}' }, /braces/],
  ])('with the options %j is refused with one sentence', (options, sentence) => {
    expect(withOptions(options)).toEqual([expect.stringMatching(sentence)])
  })

  test('that lacks a method is refused by the name of the method', () => {
    const methods = ['get', 'mget', 'publish', 'eval', 'evalsha', 'zrangebyscore', 'zrangebylex', 'zcount']
    const whole = Object.fromEntries([...methods, 'duplicate', 'once', 'off'].map((name) => [name, () => {}]))
    expect(problemsOf(whole)).toBe('')
    for (const name of Object.keys(whole)) {
      const told = problemsOf({ ...whole, [name]: undefined })
      expect(told).toMatch(new RegExp(`it has no ${name}$`))
    }
    expect(problemsOf({})).toMatch(/none of them$/)
  })

  /** A client of ioredis as the store sees it, and the connection that it opens. */
  function createIoRedis(members: Partial<IoRedisClient> = {}) {
    const listeners = new Map<string, (...args: string[]) => void>()
    const subscriber = {
      subscribe: vi.fn<(...channels: string[]) => Promise<unknown>>(async () => {}),
      unsubscribe: vi.fn<(...channels: string[]) => Promise<unknown>>(async () => {}),
      on: vi.fn((event: string, listener: (...args: string[]) => void) => listeners.set(event, listener)),
      disconnect: vi.fn(),
    }
    const raw = {
      status: 'ready',
      options: {},
      publish: vi.fn<(channel: string, message: string) => Promise<unknown>>(async () => 1),
      zcount: vi.fn(async () => 0),
      duplicate: vi.fn<(options: object) => typeof subscriber>(() => subscriber),
      once: vi.fn(),
      off: vi.fn(),
    }
    return { client: { ...raw, ...members } as unknown as IoRedisClient, raw, subscriber, listeners }
  }

  test('opens one connection, which tries once', async () => {
    const { client, raw, subscriber, listeners } = createIoRedis()
    const heard: string[] = []
    const { isCluster, subscriptions } = ioRedisConnection(client)
    expect(isCluster).toBe(false)
    const line = subscriptions!.open(buckets, (message) => heard.push(message))
    await line.opened
    const options = raw.duplicate.mock.lastCall![0] as { retryStrategy(): unknown }
    expect(options).toMatchObject({
      lazyConnect: false,
      enableOfflineQueue: true,
      enableReadyCheck: false,
      autoResubscribe: false,
      maxRetriesPerRequest: null,
      reconnectOnError: null,
    })
    expect(options.retryStrategy()).toBeNull()
    expect(subscriber.subscribe).toHaveBeenCalledExactlyOnceWith(...channels, expect.any(String))
    listeners.get('message')!(channels[0]!, 'news')
    expect(heard).toEqual(['news'])
    line.leave(buckets[0]!, '1:2')
    expect(subscriber.unsubscribe).toHaveBeenCalledExactlyOnceWith(`${channels[0]}:1:2`)
    const beat = line.beat()
    const [channel, message] = raw.publish.mock.lastCall!
    listeners.get('message')!(channel, message)
    await beat
    const failure = new Error('ECONNRESET')
    listeners.get('error')!(failure as never)
    listeners.get('close')!()
    expect(await line.ended).toMatchObject({ cause: failure })
    line.end()
    expect(subscriber.disconnect).toHaveBeenCalled()
  })

  test('is over when it has ended, and says so once', () => {
    const { client, raw } = createIoRedis()
    const { subscriptions } = ioRedisConnection(client)
    const listener = () => {}
    const forget = subscriptions!.onEnd(listener)
    expect(raw.once).toHaveBeenCalledExactlyOnceWith('end', listener)
    expect(raw.off).not.toHaveBeenCalled()
    forget()
    expect(raw.off).toHaveBeenCalledExactlyOnceWith('end', listener)
    for (const status of ['wait', 'ready', 'close', 'reconnecting'])
      expect(ioRedisConnection(createIoRedis({ status }).client).subscriptions!.isOver()).toBe(false)
    expect(ioRedisConnection(createIoRedis({ status: 'end' }).client).subscriptions!.isOver()).toBe(true)
  })

  test('is asked for the database that it was told to select, and a cluster for none', async () => {
    const select = vi.fn(async () => 'OK')
    const { client } = createIoRedis({ select, condition: { select: 3 } } as Partial<IoRedisClient>)
    const { database } = ioRedisConnection(client)
    expect(database!.number()).toBe(3)
    await database!.select(3)
    expect(select).toHaveBeenCalledExactlyOnceWith(3)
    expect(ioRedisConnection(createIoRedis().client).database!.number()).toBeUndefined()
    const cluster = ioRedisConnection(createIoRedis({ nodes: () => [] }).client)
    expect(cluster.isCluster).toBe(true)
    expect(cluster.database).toBeUndefined()
  })

  test('that is a cluster opens a connection to the master of each bucket', async () => {
    const first = createIoRedis({ options: { host: '10.0.0.1', port: 7_000 } })
    const second = createIoRedis({ options: {} })
    const masters = Array.from({ length: 16_384 }, (_, slot) => [
      slot < 8_192 ? '10.0.0.1:7000' : '127.0.0.1:6379',
      '10.0.0.9:7009',
    ])
    const nodes = vi.fn(() => [second.client, first.client])
    const { client } = createIoRedis({ slots: masters, nodes })
    const line = ioRedisConnection(client).subscriptions!.open(buckets, () => {})
    await line.opened
    expect(nodes).toHaveBeenCalledWith('master')
    const held = (isHeld: (slot: number) => boolean) => channels.filter((_, index) => isHeld(slots[index]!))
    expect(first.subscriber.subscribe.mock.lastCall!.slice(0, -1)).toEqual(held((slot) => slot < 8_192))
    expect(second.subscriber.subscribe.mock.lastCall!.slice(0, -1)).toEqual(held((slot) => slot >= 8_192))
    line.end()
  })

  test.each([
    ['does not know its slots', {}, 'no master for some of its slots'],
    ['has a slot without nodes', { slots: [] }, 'no master for some of its slots'],
    ['has no client for a master', { slots: Array.from({ length: 16_384 }, () => ['a:1']) }, 'no master a:1'],
  ])('that is a cluster and %s opens nothing', async (_, members, sentence) => {
    const { client } = createIoRedis({ nodes: () => [createIoRedis().client], ...members })
    const line = ioRedisConnection(client).subscriptions!.open(buckets, () => {})
    await expect(line.opened).rejects.toThrow(sentence)
  })
})

describe('a client of node-redis', () => {
  test.each([
    {},
    { options: { useReplicas: false, readonly: false, defaults: {}, rootNodes: [{}, undefined] } },
    { options: { rootNodes: 'none' } },
    { options: undefined, _options: null },
  ])('%j can be used', (client) => expect(nodeRedisProblems(client)).toEqual([]))

  test.each([
    [{ options: { useReplicas: true } }, /replica lags behind/],
    [{ options: { readonly: true } }, /replica lags behind/],
    [{ _options: { useReplicas: true } }, /replica lags behind/],
    [{ options: { keyPrefix: 'a' } }, /option prefix/],
    [{ _options: { keyPrefix: '' } }, /option prefix/],
    [{ _keyPrefix: 'a' }, /option prefix/],
    [{ options: { defaults: { keyPrefix: 'a' } } }, /option prefix/],
    [{ options: { rootNodes: [{}, { keyPrefix: 'a' }] } }, /option prefix/],
  ])('%j is refused with one sentence', (client, sentence) => {
    expect(nodeRedisProblems(client)).toEqual([expect.stringMatching(sentence)])
  })

  test('is known by its methods', () => {
    const whole = { sendCommand() {}, evalSha() {}, zRangeByLex() {}, isOpen: true }
    expect(problemsOf(whole)).toBe('')
    for (const name of Object.keys(whole))
      expect(problemsOf({ ...whole, [name]: undefined })).toContain('none of them')
  })

  /** A client of node-redis as the store sees it, and the connection that it opens. */
  function createNodeRedis(members: object = {}) {
    const listeners = new Map<string, (reason?: unknown) => void>()
    const subscriber = {
      isOpen: true,
      connect: vi.fn<() => Promise<unknown>>(async () => {}),
      subscribe: vi.fn<
        (channels: string[], listener: (message: string, channel: string) => void) => Promise<unknown>
      >(async () => {}),
      unsubscribe: vi.fn<(channel: string) => Promise<unknown>>(async () => {}),
      on: vi.fn((event: string, listener: (reason?: unknown) => void) => listeners.set(event, listener)),
      destroy: vi.fn(),
    }
    const client = {
      isOpen: true,
      options: { socket: { host: '10.0.0.1', socketTimeout: 5 }, password: 'hunter2', pingInterval: 7 },
      sendCommand: vi.fn<(...words: unknown[]) => Promise<unknown>>(async () => 1),
      duplicate: vi.fn<(options: object) => typeof subscriber>(() => subscriber),
      on: vi.fn(),
      off: vi.fn(),
      ...members,
    }
    return { client: client as unknown as NodeRedisClient, raw: client, subscriber, listeners }
  }

  test('opens one connection, which tries once', async () => {
    const { client, raw, subscriber, listeners } = createNodeRedis()
    const heard: string[] = []
    const { isCluster, subscriptions, database } = nodeRedisConnection(client)
    expect([isCluster, database]).toEqual([false, undefined])
    const line = subscriptions!.open(buckets, (message) => heard.push(message))
    await line.opened
    expect(raw.duplicate).toHaveBeenCalledExactlyOnceWith({
      socket: { host: '10.0.0.1', reconnectStrategy: false, socketTimeout: undefined },
      commandOptions: undefined,
      commandsQueueMaxLength: undefined,
      clientSideCache: undefined,
      disableOfflineQueue: false,
      pingInterval: undefined,
    })
    const [subscribed, hear] = subscriber.subscribe.mock.lastCall!
    expect(subscribed.slice(0, -1)).toEqual(channels)
    hear('news', channels[0]!)
    expect(heard).toEqual(['news'])
    line.leave(buckets[0]!, '1:2')
    expect(subscriber.unsubscribe).toHaveBeenCalledExactlyOnceWith(`${channels[0]}:1:2`)
    const beat = line.beat()
    expect(raw.sendCommand).toHaveBeenCalledExactlyOnceWith(['PUBLISH', subscribed.at(-1), '1'])
    hear('1', subscribed.at(-1)!)
    await beat
    const failure = new Error('ECONNRESET')
    listeners.get('error')!(failure)
    expect(await line.ended).toMatchObject({ cause: failure })
  })

  test('ends its connection once, and only one that is open', async () => {
    const open = createNodeRedis()
    const line = nodeRedisConnection(open.client).subscriptions!.open(buckets, () => {})
    await line.opened
    line.end()
    expect(open.subscriber.destroy).toHaveBeenCalledOnce()
    const closed = createNodeRedis()
    const other = nodeRedisConnection(closed.client).subscriptions!.open(buckets, () => {})
    await other.opened
    closed.subscriber.isOpen = false
    closed.listeners.get('end')!()
    await other.ended
    other.end()
    expect(closed.subscriber.destroy).not.toHaveBeenCalled()
  })

  test('subscribes to nothing if it cannot connect', async () => {
    const { client, subscriber } = createNodeRedis()
    const failure = new Error('ECONNREFUSED')
    subscriber.connect.mockRejectedValueOnce(failure)
    const line = nodeRedisConnection(client).subscriptions!.open(buckets, () => {})
    await expect(line.opened).rejects.toBe(failure)
    expect(subscriber.subscribe).not.toHaveBeenCalled()
  })

  test('is over when it is not open, and says so by its event', () => {
    const { client, raw } = createNodeRedis()
    const { subscriptions } = nodeRedisConnection(client)
    expect(subscriptions!.isOver()).toBe(false)
    const listener = () => {}
    const forget = subscriptions!.onEnd(listener)
    expect(raw.on).toHaveBeenCalledExactlyOnceWith('end', listener)
    forget()
    expect(raw.off).toHaveBeenCalledExactlyOnceWith('end', listener)
    const closed = nodeRedisConnection(createNodeRedis({ isOpen: false }).client)
    expect(closed.subscriptions!.isOver()).toBe(true)
  })

  test('that is a cluster opens a connection to the master of each bucket, and sends by the first key', async () => {
    const nodes = new Map(['a:1', 'b:2'].map((address) => [address, createNodeRedis()]))
    const shards = Array.from({ length: 16_384 }, (_, slot) => ({
      master: { address: slot < 8_192 ? 'a:1' : 'b:2' },
    }))
    const nodeClient = vi.fn(async ({ address }: { address: string }) => nodes.get(address)!.client)
    const { client, raw } = createNodeRedis({ slots: [undefined, ...shards.slice(1)], nodeClient })
    const { isCluster, commands, subscriptions } = nodeRedisConnection(client as unknown as NodeRedisCluster)
    expect(isCluster).toBe(true)
    await commands.zcount('key', '-inf', '5')
    expect(raw.sendCommand).toHaveBeenLastCalledWith('key', false, ['ZCOUNT', 'key', '-inf', '5'])
    const line = subscriptions!.open(buckets, () => {})
    await line.opened
    for (const [address, { subscriber }] of nodes)
      expect(subscriber.subscribe.mock.lastCall![0].slice(0, -1)).toEqual(
        channels.filter((_, index) => slots[index]! < 8_192 === (address === 'a:1')),
      )
    line.end()
    const listener = () => {}
    subscriptions!.onEnd(listener)
    expect(raw.on).toHaveBeenLastCalledWith('disconnect', listener)
  })

  test('that is a cluster and does not know a slot opens nothing', async () => {
    const { client } = createNodeRedis({ slots: [], nodeClient: vi.fn() })
    const line = nodeRedisConnection(client).subscriptions!.open(buckets, () => {})
    await expect(line.opened).rejects.toThrow('no master for some of its slots')
  })

  test('for Sentinels sends to the master, and a pool to any connection; both receive nothing', async () => {
    const sendCommand = vi.fn<(...words: unknown[]) => Promise<unknown>>(async () => null)
    const sentinel = nodeRedisConnection({ isOpen: true, sendCommand, acquire: async () => {} })
    expect(await sentinel.commands.get('a')).toBeNull()
    expect(sendCommand).toHaveBeenLastCalledWith(false, ['GET', 'a'])
    const pool = nodeRedisConnection({ isOpen: true, sendCommand, execute: async () => {} })
    await pool.commands.get('a')
    expect(sendCommand).toHaveBeenLastCalledWith(['GET', 'a'])
    for (const connection of [sentinel, pool])
      expect(connection).toEqual({ commands: expect.anything(), isCluster: false })
  })
})

describe('a Redis of Upstash', () => {
  test('is known by its methods, sends each command as words, and receives nothing', async () => {
    const exec = vi.fn<(words: unknown) => Promise<unknown>>(async () => undefined)
    const whole = { exec, createScript: () => {} }
    const recognised = recognise(whole)
    if ('problems' in recognised) throw new Error(recognised.problems.join())
    expect(recognised.connection).toEqual({ commands: expect.anything(), isCluster: false })
    const { commands } = recognised.connection
    expect(await commands.get('a')).toBeNull()
    expect(exec).toHaveBeenLastCalledWith(['GET', 'a'])
    exec.mockResolvedValueOnce(7)
    expect(await commands.get('a')).toBe('7')
    exec.mockResolvedValueOnce([1, 'b'])
    expect(await commands.zrangebylex('a', '-', '+', 'LIMIT', 0, 7)).toEqual(['1', 'b'])
    expect(exec).toHaveBeenLastCalledWith(['ZRANGEBYLEX', 'a', '-', '+', 'LIMIT', '0', '7'])
    for (const name of Object.keys(whole))
      expect(problemsOf({ ...whole, [name]: undefined })).toContain('none of them')
  })
})

test('a client that takes words is sent each command with the first key of it', async () => {
  const send = vi.fn<(key: string | undefined, ...words: string[]) => Promise<unknown>>(async () => ['a', 1])
  const commands = commandsOver(send)
  expect(await commands.mget('a', 'b')).toEqual(['a', 1])
  await commands.publish('channel', 'news')
  await commands.eval('return 1', 2, 'a', 'b', 'c')
  await commands.evalsha('0123', 1, 'a', 'b')
  await commands.zrangebyscore('a', '-inf', '(7', 'WITHSCORES', 'LIMIT', 0, 5)
  expect(await commands.zrangebylex('a', '-', '+', 'LIMIT', 0, 5)).toEqual(['a', '1'])
  await commands.zcount('a', '-inf', '(7')
  expect(send.mock.calls).toEqual([
    ['a', 'MGET', 'a', 'b'],
    [undefined, 'PUBLISH', 'channel', 'news'],
    ['a', 'EVAL', 'return 1', '2', 'a', 'b', 'c'],
    ['a', 'EVALSHA', '0123', '1', 'a', 'b'],
    ['a', 'ZRANGEBYSCORE', 'a', '-inf', '(7', 'WITHSCORES', 'LIMIT', '0', '5'],
    ['a', 'ZRANGEBYLEX', 'a', '-', '+', 'LIMIT', '0', '5'],
    ['a', 'ZCOUNT', 'a', '-inf', '(7'],
  ])
})
