import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An API and a token endpoint in a process of its own. Every `GET` gets the same JSON, every `POST` new tokens. */
const body = JSON.stringify({ success: true, data: [{ id: 1, title: 'A deal' }] })
let issued = 0
const tokens = () =>
  JSON.stringify({
    access_token: `v1u:${'A'.repeat(490)}${++issued}`,
    token_type: 'Bearer',
    expires_in: 3_599,
    refresh_token: `1:1:${'a'.repeat(30)}${issued}`,
    scope: 'base,deals:full',
    api_domain: 'https://bench.pipedrive.com',
  })
const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(request.method === 'POST' ? tokens() : body)
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
