import { fork } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { redisStore } from '@pd/oauth-redis'
import { Redis } from 'ioredis'
import { ms, pause, percentiles, preciseNow, printTable } from '../figures.ts'
import { idsOf, install, openClient, startFake, type Setup } from './scene.ts'
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

/** From just before another process sends its save to when a waiter in this one holds the token. */
export async function benchRival(port: number): Promise<void> {
  const count = 150
  const { fake, origin } = await startFake(count, { latencyMs: 30 })
  const setup: Setup = { port, prefix: 'rival', origin, policy: { cacheMs: 0 } }
  const { oauth, redis } = openClient(setup)
  const ids = idsOf(count)
  await install(oauth, fake, ids, 7_200_000)
  const rival = fork(new URL(import.meta.url), ['rival'], {
    env: { ...process.env, SETUP: JSON.stringify(setup) },
  })
  await once(rival, 'message')
  const samples: number[] = []
  for (const id of ids) {
    const claimed = once(rival, 'message')
    rival.send(id)
    await claimed
    const saved = once(rival, 'message') as Promise<[number]>
    await oauth.installation(id).accessToken()
    const hasTokenAt = preciseNow()
    const [savedAt] = await saved
    samples.push(hasTokenAt - savedAt)
  }
  rival.kill()
  redis.disconnect()
  const requests = fake.tokenRequests({ grantType: 'refresh_token' }).length
  await fake.close()
  const { p50, p99 } = percentiles(samples)
  printTable(
    `From a rival's save to the waiter's token, between two processes (${requests} token requests for ${count} refreshes)`,
    ['', 'p50 ms', 'p99 ms'],
    [['`accessToken()` of the waiter', ms(p50), ms(p99)]],
  )
}

/** The other process: refreshes what it is told, and says when it has claimed and when it sends its save. */
async function beRival(): Promise<void> {
  const setup = JSON.parse(process.env['SETUP'] ?? '') as Setup
  const { store, oauth } = openClient(setup)
  let writes = 0
  const observed = openClient(setup, {
    store: {
      ...store,
      async compareAndSet(...write) {
        if (++writes % 2 === 0) process.send?.(preciseNow())
        const landed = await store.compareAndSet(...write)
        if (writes % 2 === 1) process.send?.('claimed')
        return landed
      },
    },
  })
  process.on('message', (id: string) => void observed.oauth.installation(id).accessToken())
  process.on('disconnect', () => process.exit())
  await oauth.installation('1:1').describe()
  process.send?.('ready')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv[2] === 'rival') await beRival()
  else {
    const server = await startRedis()
    await benchWaiting(server.port)
    await benchRival(server.port)
    await server.stop()
  }
}
