import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An API in a process of its own, which answers every request with the same JSON. */
const body = JSON.stringify({ success: true, data: [{ id: 1, title: 'A deal' }] })
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
