import { once } from 'node:events'
import { connect, constants, createServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { toNodeListener } from '../../src/index.ts'
import { halfAnAnswer } from '../servers.ts'

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

test('an answer of HTTP/2 that breaks off in the middle does not look whole', async () => {
  const failures: unknown[] = []
  const { client } = await startHttp2(
    toNodeListener(halfAnAnswer, {
      logger: { error: (message) => void failures.push(message), warn: () => {} },
    }),
  )
  const stream = client.request({ ':path': '/' })
  await expect(text(stream)).rejects.toThrow()
  expect([stream.rstCode, failures.length]).toEqual([constants.NGHTTP2_INTERNAL_ERROR, 1])
})

test('a client of HTTP/2 that left before the listener was asked has aborted request.signal', async () => {
  const left = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<boolean>()
  const listener = toNodeListener(({ signal }) => {
    asked.resolve(signal.aborted)
    return new Response('too late')
  })
  const { client } = await startHttp2(async (req, res) => {
    left.resolve()
    if ('stream' in res && !res.stream.destroyed) await once(res.stream, 'close')
    return listener(req, res)
  })
  const stream = client.request({ ':path': '/' })
  stream.on('error', () => {})
  await left.promise
  stream.destroy()
  expect(await asked.promise).toBe(true)
})
