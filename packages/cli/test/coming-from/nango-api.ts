import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Serves the two endpoints of Nango's API that list connections and give one, as its reference describes them. */
export async function serveNango(secretKey: string, connectionId: string, credentials: object) {
  const connection = { id: 1, connection_id: connectionId, provider_config_key: 'crm', provider: 'pipedrive' }
  const another = { ...connection, connection_id: 'another', provider: 'hubspot' }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers.authorization !== `Bearer ${secretKey}`) return answer(401, {})
    if (pathname === '/connections') return answer(200, { connections: [another, connection] })
    const isAsked =
      pathname === `/connections/${connectionId}` && searchParams.get('provider_config_key') === 'crm'
    if (!isAsked || searchParams.get('refresh_token') !== 'true') return answer(404, {})
    return answer(200, { ...connection, connection_config: {}, metadata: {}, tags: {}, credentials })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
