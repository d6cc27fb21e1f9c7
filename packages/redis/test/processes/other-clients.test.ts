import { scenesOn, stampedeTests } from '@pd/test-support/process-suite'
import { startRedis } from '@pd/test-support/redis'
import { startUpstashFront } from '@pd/test-support/upstash-front'
import { describe } from 'vitest'
import type { ClientName } from '../servers/clients.ts'
import { uniquePrefix } from '../servers/connect.ts'
import { opener } from './client-opener.ts'

const clients: readonly ClientName[] = ['ioredis 5', 'node-redis 6', 'node-redis 5', '@upstash/redis']

describe.each(clients)('by %s', (name) => {
  const start = async () => {
    const hosts = new AsyncDisposableStack()
    const redis = hosts.use(await startRedis())
    const address = name.startsWith('@upstash')
      ? { upstash: hosts.use(await startUpstashFront(redis)) }
      : { port: redis.port }
    return {
      newAddress: () => ({ redis: address, prefix: uniquePrefix(), by: name }),
      [Symbol.asyncDispose]: () => hosts.disposeAsync(),
    }
  }
  stampedeTests(scenesOn({ opener, start }), { stampede: 20 })
})
