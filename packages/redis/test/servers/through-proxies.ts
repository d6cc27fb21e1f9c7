import type { RedisAddress } from './connect.ts'
import { startSilentProxy, type SilentProxy } from './silent-proxy.ts'

/** The same Redis, reached through a proxy for each of its nodes. */
export async function throughProxies(
  address: RedisAddress,
): Promise<{ readonly address: RedisAddress; readonly proxies: readonly SilentProxy[] }> {
  if ('clusterPorts' in address) {
    const proxies = await Promise.all(address.clusterPorts.map((port) => startSilentProxy({ port })))
    const insteadOf = Object.fromEntries(
      address.clusterPorts.map((port, index) => [port, proxies[index]!.port]),
    )
    return { address: { ...address, insteadOf }, proxies }
  }
  if ('port' in address) {
    const proxy = await startSilentProxy(address)
    return { address: { port: proxy.port }, proxies: [proxy] }
  }
  if ('upstash' in address) return { address, proxies: [] }
  const url = new URL(address.url)
  const proxy = await startSilentProxy({ host: url.hostname, port: Number(url.port || 6_379) })
  url.host = `127.0.0.1:${proxy.port}`
  return { address: { url: url.href }, proxies: [proxy] }
}
