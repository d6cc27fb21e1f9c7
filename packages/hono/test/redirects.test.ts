import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { commands } from './runtimes/start-server.ts'

test.each(['node', 'bun', 'deno'] as const)(
  'F55 on %s, redirects lead neither to data: nor to file:, and to another host without the token and the body',
  { timeout: 60_000 },
  async (runtime) => {
    const elsewhere = createServer((request, response) => {
      const { authorization = 'none', 'x-api-token': apiToken = 'none' } = request.headers
      response.end(`${request.method} ${authorization} ${String(apiToken)}`)
    })
    const api = createServer((request, response) => {
      request.resume()
      const target = new URL(request.url ?? '', 'http://api.invalid').searchParams.get('to') ?? ''
      response.writeHead(307, { location: target }).end('moved')
    })
    const origins = await Promise.all([api, elsewhere].map(listening))
    const [own = '', other = ''] = origins
    try {
      const to = (target: string) => `/?to=${encodeURIComponent(target)}`
      const [command, ...args] = commands[runtime](
        fileURLToPath(new URL('./runtimes/follow-redirects.ts', import.meta.url)),
      ) as [string, ...string[]]
      const asked = [
        `GET ${to('data:text/plain,secret')}`,
        `GET ${to('file:///etc/hostname')}`,
        `GET ${to(`${other}/x`)}`,
        `POST ${to(`${other}/x`)}`,
      ]
      const { stdout } = await promisify(execFile)(command, [...args, own, ...asked], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      })
      expect(JSON.parse(/^outcomes (.*)$/m.exec(stdout)?.[1] ?? 'null')).toEqual([
        [asked[0], 307, 'moved'],
        [asked[1], 307, 'moved'],
        [asked[2], 200, 'GET none none'],
        [asked[3], 307, 'moved'],
      ])
    } finally {
      for (const server of [api, elsewhere]) {
        server.closeAllConnections()
        server.close()
      }
    }
  },
)

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
