import { once } from 'node:events'
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { toNodeListener } from '../../src/index.ts'

/** A client of HTTP/2 without encryption, and what its server sees. */
async function startHttp2(listener: ReturnType<typeof toNodeListener>) {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = connect(origin)
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  return { client, origin }
}

test('a request of HTTP/2 has its address, headers and body, and the answer keeps what others have set', async () => {
  const listener = toNodeListener(async (request) => {
    const body = await request.text()
    const headers = Object.fromEntries(request.headers)
    return Response.json({ url: request.url, body, headers }, { headers: { 'set-cookie': 'ours=1' } })
  })
  const { client, origin } = await startHttp2((req, res) => {
    res.setHeader('set-cookie', 'theirs=1')
    return listener(req, res)
  })
  const stream = client.request({ ':method': 'POST', ':path': '/a?b=1', 'x-one': '1' })
  stream.end('a body')
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  expect(JSON.parse(await text(stream))).toEqual({
    url: `${origin}/a?b=1`,
    body: 'a body',
    headers: { 'x-one': '1', host: new URL(origin).host },
  })
  expect(headers['set-cookie']).toEqual(['theirs=1', 'ours=1'])
})

test('request.signal aborts when a client of HTTP/2 leaves', async () => {
  const reached = Promise.withResolvers<AbortSignal>()
  const { client } = await startHttp2(
    toNodeListener(async ({ signal }) => {
      reached.resolve(signal)
      await once(signal, 'abort')
      return new Response('too late')
    }),
  )
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => {})
  const signal = await reached.promise
  const aborted = once(signal, 'abort')
  stream.destroy()
  await aborted
  expect(signal.aborted).toBe(true)
})
