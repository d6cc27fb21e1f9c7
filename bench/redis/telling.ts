import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { startRedis } from '@pd/test-support/redis'
import { Redis } from 'ioredis'
import { ms, pause, percentiles, preciseNow, printTable } from '../figures.ts'

/**
 * The ways in which Redis can tell every process of every change, each as a prototype: from just before the write is sent to
 * when one of the listeners knows, and how long Redis itself works on one write while so many processes listen.
 */
const rounds = 300
const writes = 5_000
const listenerCounts = [0, 1, 20]

interface Way {
  readonly name: string
  /** Makes `listener` hear of every key that begins with `told:`. `event` is what it emits then. */
  readonly listen: (listener: Redis, control: Redis) => Promise<'message' | 'pmessage'>
  readonly script: string
}

const set = `redis.call('SET', KEYS[1], ARGV[1])`

const ways: readonly Way[] = [
  { name: 'nothing is told', listen: async () => 'message', script: set },
  {
    name: 'one channel per bucket',
    async listen(listener) {
      await listener.subscribe(...Array.from({ length: 64 }, (_, bucket) => `told:{${bucket}}`))
      return 'message'
    },
    script: `redis.call('PUBLISH', 'told:{7}', KEYS[1] .. ' ' .. ARGV[1]) ${set}`,
  },
  {
    name: 'one channel per record, `PSUBSCRIBE`',
    async listen(listener) {
      await listener.psubscribe('told:*')
      return 'pmessage'
    },
    script: `redis.call('PUBLISH', KEYS[1], ARGV[1]) ${set}`,
  },
  {
    name: '`CLIENT TRACKING … BCAST`',
    async listen(listener, control) {
      const id = await listener.client('ID')
      await listener.subscribe('__redis__:invalidate')
      await control.client('TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', 'told:')
      return 'message'
    },
    script: set,
  },
]

export async function benchTelling(): Promise<void> {
  const rows: string[][] = []
  for (const way of ways) rows.push(await figuresOf(way))
  printTable(
    'Telling every process of every write',
    ['', 'p50 ms', 'p99 ms', ...listenerCounts.map((count) => `µs of Redis per write, ${count} listeners`)],
    rows,
  )
}

async function figuresOf(way: Way): Promise<string[]> {
  const cells: string[] = []
  for (const count of listenerCounts) cells.push(await serverMicroseconds(way, count))
  const { p50, p99 } = percentiles(await latencies(way))
  return [way.name, ms(p50), ms(p99), ...cells]
}

async function latencies(way: Way): Promise<number[]> {
  await using scene = await openScene(way, 1)
  const samples: number[] = []
  if (way.name === ways[0]!.name) return samples
  for (let round = 0; round < rounds; round++) {
    const known = once(scene.listeners[0]!, scene.event).then(preciseNow)
    await pause(2 + Math.random() * 10)
    const sentAt = preciseNow()
    await scene.write(round)
    samples.push((await known) - sentAt)
  }
  return samples
}

/** How much processor time Redis takes for a write, its messages included. */
async function serverMicroseconds(way: Way, listeners: number): Promise<string> {
  await using scene = await openScene(way, listeners)
  const before = await processorSeconds(scene.writer)
  for (let done = 0; done < writes; done += 50)
    await Promise.all(Array.from({ length: 50 }, (_, index) => scene.write(done + index)))
  return (((await processorSeconds(scene.writer)) - before) * (1e6 / writes)).toFixed(1)
}

async function openScene(way: Way, count: number) {
  const server = await startRedis()
  const writer = new Redis({ port: server.port })
  const open = () => new Redis({ port: server.port, protocol: 2 })
  const listeners = Array.from({ length: count }, open)
  const controls = listeners.map(open)
  let event: 'message' | 'pmessage' = 'message'
  for (const [index, listener] of listeners.entries()) event = await way.listen(listener, controls[index]!)
  return {
    writer,
    listeners,
    event,
    write: (round: number) => writer.eval(way.script, 1, `told:{7}:${round}`, `v${round}`),
    async [Symbol.asyncDispose]() {
      for (const client of [writer, ...listeners, ...controls]) client.disconnect()
      await server.stop()
    },
  }
}

async function processorSeconds(redis: Redis): Promise<number> {
  const text = await redis.info('cpu')
  const of = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(text)?.[1])
  return of('used_cpu_user') + of('used_cpu_sys')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await benchTelling()
