import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startRedis, type RedisServer } from '@pd/test-support/redis'

export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[]
  readonly ports: readonly number[]
}

const run = promisify(execFile)

/** Starts a cluster of three masters, each with so many replicas. */
export async function startCluster(replicas = 0): Promise<RedisCluster> {
  // Without replicas nothing can take over, so a busy machine must not pass for a dead node.
  const nodeTimeoutMs = replicas === 0 ? 60_000 : 2_000
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)]
  const nodes = await Promise.all(Array.from({ length: 3 + 3 * replicas }, () => startRedis(clustered)))
  const cluster: RedisCluster = {
    nodes,
    ports: nodes.map(({ port }) => port),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
  try {
    const addresses = cluster.ports.map((port) => `127.0.0.1:${port}`)
    const created = [
      '--cluster',
      'create',
      ...addresses,
      '--cluster-replicas',
      String(replicas),
      '--cluster-yes',
    ]
    await run('redis-cli', created)
    await Promise.all(cluster.ports.map((port) => isWhole(port, nodes.length)))
    return cluster
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
}

async function isWhole(port: number, size: number): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info'])
    if (stdout.includes('cluster_state:ok') && stdout.includes(`cluster_known_nodes:${size}`)) return
    if (Date.now() > deadline) throw new Error(`The cluster did not come together:\n${stdout}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
