import type { StoreHost } from '@pd/test-support/process-suite'
import { sharedRedis } from '../servers/connect.ts'
import { startCluster } from '../servers/redis-cluster.ts'
import { at, type PrefixAddress } from './opener.ts'

export async function startSharedRedis(): Promise<StoreHost<PrefixAddress>> {
  const { address, stop } = await sharedRedis()
  return { newAddress: () => at(address).address, [Symbol.asyncDispose]: stop }
}

export async function startRedisCluster(): Promise<StoreHost<PrefixAddress>> {
  const cluster = await startCluster()
  return {
    newAddress: () => at({ clusterPorts: cluster.ports }).address,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}
