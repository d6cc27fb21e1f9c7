import { startRedis, startSentinel, type RedisServer } from './redis-server.ts'

/** A master with a replica, watched by three Sentinels. */
export interface SentinelGroup extends AsyncDisposable {
  readonly name: string
  readonly sentinelPorts: readonly number[]
  readonly master: RedisServer
  readonly replica: RedisServer
}

/** Starts the group. The Sentinels replace a master that does not answer for a second. `options`: of both servers. */
export async function startSentinelGroup(options: readonly string[] = []): Promise<SentinelGroup> {
  await using started = new AsyncDisposableStack()
  const name = 'mymaster'
  const master = started.use(await startRedis(options))
  const replica = started.use(await startRedis([...options, '--replicaof', '127.0.0.1', String(master.port)]))
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
  ]
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(lines)))
  for (const sentinel of sentinels) started.use(sentinel)
  const all = started.move()
  return {
    name,
    sentinelPorts: sentinels.map(({ port }) => port),
    master,
    replica,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
