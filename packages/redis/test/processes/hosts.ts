import type { StoreHost } from '@pd/test-support/process-suite'
import { startRedis } from '@pd/test-support/redis'
import { sharedRedis } from '../servers/connect.ts'
import { startCluster } from '../servers/redis-cluster.ts'
import { at, type PrefixAddress } from './opener.ts'

export async function startSharedRedis(): Promise<StoreHost<PrefixAddress>> {
  const { address, stop } = await sharedRedis()
  return { newAddress: () => at(address).address, [Symbol.asyncDispose]: stop }
}

/** A Redis of its own that has its data again after a crash. */
export async function startDurableRedis(): Promise<StoreHost<PrefixAddress>> {
  const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  return {
    newAddress: () => at({ port: server.port }).address,
    async restart() {
      await server.kill()
      await server.start()
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

export async function startRedisCluster(): Promise<StoreHost<PrefixAddress>> {
  const cluster = await startCluster()
  return {
    newAddress: () => at({ clusterPorts: cluster.ports }).address,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}
