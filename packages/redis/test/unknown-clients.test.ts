import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '@pd/oauth-core'
import { ioredisOptions, redisStore } from '../src/index.ts'

const sentinels = [{ host: '127.0.0.1', port: 26_379 }]
const lazy = { lazyConnect: true, name: 'mymaster', sentinels }

describe('F45 redisStore() refuses a client of ioredis with Sentinels', () => {
  test.each([undefined, false, null, 0, 'yes'])('and failoverDetector: %s', (failoverDetector) => {
    const client = new Redis({ ...lazy, failoverDetector: failoverDetector as boolean })
    expect(() => redisStore(client)).toThrow(ConfigurationError)
    expect(() => redisStore(client)).toThrow(/Add failoverDetector: true to the options of new Redis/)
  })

  test('but takes it with the detector, and needs none without Sentinels', () => {
    expect(() => redisStore(new Redis({ ...lazy, failoverDetector: true }))).not.toThrow()
    expect(() => redisStore(new Redis({ ...ioredisOptions, ...lazy }))).not.toThrow()
    expect(() => redisStore(new Redis({ lazyConnect: true }))).not.toThrow()
  })
})

test.each([
  ['null', null],
  ['a URL', 'redis://localhost'],
  ['a plain object', {}],
  ['a Map', new Map()],
  ['the legacy form of node-redis', createClient().legacy()],
  ['a transaction of node-redis', createClient().multi()],
  ['a pipeline of ioredis', new Redis({ lazyConnect: true }).pipeline()],
])('redisStore() refuses %s with a sentence that names the clients', (_, client) => {
  expect(() => redisStore(client as never)).toThrow(/client of ioredis .*node-redis .*@upstash\/redis/)
})

test('redisStore() refuses a client of node-redis with a keyPrefix', () => {
  expect(() => redisStore(createClient({ keyPrefix: 'a:' }))).toThrow(/use the store's option prefix/)
})
