import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startRedis, type RedisServer } from '@pd/test-support/redis'

export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[]
  readonly ports: readonly number[]
}

const run = promisify(execFile)

/** Starts a cluster of three masters. */
export async function startCluster(): Promise<RedisCluster> {
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(clustered)))
  const cluster: RedisCluster = {
    nodes,
    ports: nodes.map(({ port }) => port),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
  try {
    const addresses = cluster.ports.map((port) => `127.0.0.1:${port}`)
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
    await Promise.all(cluster.ports.map(isWhole))
    return cluster
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
}

async function isWhole(port: number): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info'])
    if (stdout.includes('cluster_state:ok') && stdout.includes('cluster_known_nodes:3')) return
    if (Date.now() > deadline) throw new Error(`The cluster did not come together:\n${stdout}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
