import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { redisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'
import { ms, pause, percentiles, preciseNow, printTable } from '../figures.ts'
import { benchRival } from './rival.ts'
import { startRedis } from '@pd/test-support/redis'

/**
 * The ways in which a process can learn that another one has written a record, each as a prototype: from just before
 * the writer sends its write to when the waiter knows. Both are in this process, over connections of their own.
 */
const rounds = 200

type Wait = (key: string, connection: Redis) => Promise<unknown>

const polling =
  (everyMs: number): Wait =>
  async (key, connection) => {
    while ((await connection.get(key)) !== 'new') await pause(everyMs)
  }

const prototypes: readonly { name: string; wait: Wait; cost: string }[] = [
  {
    name: 'pub/sub: a shared connection hears of it',
    wait: async (key, connection) => {
      const heard = once(connection, 'message')
      await connection.subscribe(key)
      await heard
      await connection.unsubscribe(key)
    },
    cost: 'one connection per process',
  },
  {
    name: 'blocking read (`BLPOP`)',
    wait: (key, connection) => connection.blpop(`${key}:news`, 5),
    cost: 'one connection per waiter',
  },
  { name: 'polling every 5 ms', wait: polling(5), cost: '200 commands a second per waiter' },
  { name: 'polling every 50 ms', wait: polling(50), cost: '20 commands a second per waiter' },
]

export async function benchWaiting(port: number): Promise<void> {
  const writer = new Redis({ port })
  const connection = new Redis({ port, protocol: 2 })
  const rows: string[][] = []
  for (const { name, wait, cost } of prototypes) {
    const samples: number[] = []
    for (let round = 0; round < rounds; round++) {
      const key = `waiting:${round}`
      await writer.set(key, 'old')
      const known = wait(key, connection).then(preciseNow)
      await pause(15 + Math.random() * 50)
      const sentAt = preciseNow()
      await writer.multi().set(key, 'new').publish(key, 'new').rpush(`${key}:news`, 'new').exec()
      samples.push((await known) - sentAt)
      await writer.del(key, `${key}:news`)
    }
    const { p50, p99 } = percentiles(samples)
    rows.push([name, ms(p50), ms(p99), cost])
  }
  rows.push(await ofTheStore(port))
  printTable('From a write to the one who waits for it', ['', 'p50 ms', 'p99 ms', 'costs'], rows)
  connection.disconnect()
  writer.disconnect()
}

async function ofTheStore(port: number): Promise<string[]> {
  const clients = [new Redis({ port }), new Redis({ port })] as const
  const [writer, waiter] = [redisStore(clients[0]), redisStore(clients[1])]
  const samples: number[] = []
  await writer.compareAndSet('1:1', undefined, { version: 'v0', value: 'sealed' })
  for (let round = 0; round < rounds; round++) {
    const known = waiter.changed('1:1', `v${round}`, AbortSignal.timeout(5_000)).then(preciseNow)
    await pause(15 + Math.random() * 50)
    const sentAt = preciseNow()
    await writer.compareAndSet('1:1', `v${round}`, { version: `v${round + 1}`, value: 'sealed' })
    samples.push((await known) - sentAt)
  }
  await waiter.close()
  for (const client of clients) client.disconnect()
  const { p50, p99 } = percentiles(samples)
  return ['`changed()` of `redisStore`', ms(p50), ms(p99), 'one connection per process, while somebody waits']
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startRedis()
  await benchWaiting(server.port)
  await benchRival(server.port)
  await server.stop()
}
