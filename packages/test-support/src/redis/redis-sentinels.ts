import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startRedis, startSentinel, type RedisServer } from './redis-server.ts'

/** A master with a replica, watched by three Sentinels. */
export interface SentinelGroup extends AsyncDisposable {
  readonly name: string
  readonly sentinelPorts: readonly number[]
  readonly master: RedisServer
  readonly replica: RedisServer
}

const run = promisify(execFile)

/**
 * Starts the group. The Sentinels replace a master that does not answer for a second. `options`: of both servers. Resolves when
 * each Sentinel knows the replica and the other two: one that does not could not replace the master.
 */
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
  await Promise.all(sentinels.map(({ port }) => isComplete(port, name)))
  const all = started.move()
  return {
    name,
    sentinelPorts: sentinels.map(({ port }) => port),
    master,
    replica,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** Resolves when a Sentinel knows the replica and the other Sentinels. It asks the master for them every ten seconds. */
async function isComplete(port: number, name: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'SENTINEL', 'MASTER', name])
    if (/^num-slaves\n1$/m.test(stdout) && /^num-other-sentinels\n2$/m.test(stdout)) return
    if (Date.now() > deadline) throw new Error(`The Sentinels did not come together:\n${stdout}`)
    await setTimeout(100)
  }
}
