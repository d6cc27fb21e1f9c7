import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect as openSocket } from 'node:net'
import { freePort } from '@pd/test-support/free-port'
import { expect, onTestFinished, test } from 'vitest'
import { createScene } from './command-line.ts'

interface ProxyOptions {
  /** The status of every answer to CONNECT. Default: 200, and the tunnel is opened. */
  readonly status?: number
}

/** Starts a proxy. It opens tunnels, and notes for what. */
async function startProxy({ status = 200 }: ProxyOptions = {}) {
  const asked: { target: string; authorization: string | undefined }[] = []
  const proxy = createServer()
  proxy.on('connect', (request: IncomingMessage, client) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    client.on('error', () => {})
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const { hostname, port } = new URL(`http://${request.url}`)
    const server = openSocket(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      server.pipe(client)
      client.pipe(server)
    })
    server.on('error', () => client.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await once(proxy, 'listening')
  return { asked, host: `127.0.0.1:${(proxy.address() as { port: number }).port}` }
}

test.each(['HTTP_PROXY', 'http_proxy'])(
  'F80 commands go through the proxy that %s names, except to hosts in NO_PROXY',
  async (name) => {
    const { asked, host } = await startProxy()
    const { connect, env, run } = await createScene()
    await connect()
    const target = new URL(env['PD_OAUTH_API_ORIGIN']!).host
    const proxied = { [name]: `http://me:hunter2@${host}` }
    const answer = await run(['api', 'GET', '/api/v2/deals'], { env: proxied })
    expect(answer).toMatchObject({ code: 0, stderr: '' })
    expect(asked).toEqual([{ target, authorization: `Basic ${btoa('me:hunter2')}` }])
    expect((await run(['refresh'], { env: proxied })).code).toBe(0)
    expect(asked).toHaveLength(2)
    expect((await run(['refresh'], { env: { ...proxied, NO_PROXY: '127.0.0.1,localhost' } })).code).toBe(0)
    expect(asked).toHaveLength(2)
  },
)

test('F80 a proxy that refuses or does not answer is named in place of Pipedrive, without its password', async () => {
  const { host } = await startProxy({ status: 407 })
  const { connect, run } = await createScene()
  await connect()
  for (const proxy of [host, `127.0.0.1:${await freePort()}`]) {
    const { code, stderr } = await run(['api', 'GET', '/x'], {
      env: { HTTP_PROXY: `http://me:hunter2@${proxy}` },
    })
    expect([code, stderr]).toEqual([5, expect.stringContaining('through the proxy that HTTP_PROXY names')])
    expect(stderr).not.toContain('hunter2')
  }
})

test.each(['proxy.example:3128', 'socks5://proxy:1080', 'not an address', 'ftp://x:hunter2@y'])(
  'F80 a variable that names no proxy is refused: %s',
  async (value) => {
    const { run } = await createScene()
    const { code, stdout, stderr } = await run(['status'], { env: { HTTPS_PROXY: value } })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain('HTTPS_PROXY must be the address of an HTTP proxy')
    expect(stderr).not.toContain('hunter2')
  },
)
