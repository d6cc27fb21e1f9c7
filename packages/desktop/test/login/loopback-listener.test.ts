import { Server } from 'node:http'
import { freePort } from '@pd/test-support/free-port'
import { rawRequest } from '@pd/test-support/raw-request'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LoopbackListener } from '../../src/login/loopback-listener.ts'
import { visit } from './desktop.ts'

/** A listener whose one answer has begun, and ends when it is told to. */
async function startAnswering() {
  const redirect = new URL(`http://localhost:${await freePort()}/callback`)
  const rest = Promise.withResolvers<string>()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('half '))
      controller.enqueue(new TextEncoder().encode(await rest.promise))
      controller.close()
    },
  })
  const listener = await LoopbackListener.open(redirect, async () => new Response(body))
  return { listener, rest, response: await visit(redirect.href), redirect }
}

test('an answer that is under way is sent in full before the connection ends', async () => {
  const { listener, rest, response, redirect } = await startAnswering()
  const closed = listener.close({ graceMs: 10_000 })
  await expect(visit(redirect.href)).rejects.toThrow()
  rest.resolve('and half')
  expect(await response.text()).toBe('half and half')
  await closed
})

test('but is not waited for without end', async () => {
  const { listener, response } = await startAnswering()
  await listener.close({ graceMs: 20 })
  await expect(response.text()).rejects.toThrow()
})

test('a request with a malformed host is refused, and nothing is printed', async () => {
  const printed = vi.spyOn(console, 'error')
  onTestFinished(() => printed.mockRestore())
  const port = await freePort()
  const redirect = new URL(`http://127.0.0.1:${port}/callback`)
  const listener = await LoopbackListener.open(redirect, async () => new Response('reached'))
  onTestFinished(() => listener.close({ graceMs: 0 }))
  expect(await rawRequest(redirect.origin, ['GET /callback HTTP/1.1', 'Host: ['])).toMatch(
    /^HTTP\/1.1 400 [^]*Bad Request/,
  )
  expect(printed).not.toHaveBeenCalled()
})

test('every answer keeps its address to itself and is of the type that it names, and only GET is answered', async () => {
  const redirect = new URL(`http://127.0.0.1:${await freePort()}/callback`)
  const listener = await LoopbackListener.open(redirect, async () => new Response('reached'))
  onTestFinished(() => listener.close({ graceMs: 0 }))
  const answer = await fetch(redirect, { redirect: 'manual' })
  expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
    200,
    expect.objectContaining({
      connection: 'close',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    }),
  ])
  const posted = await fetch(redirect, { method: 'POST' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
})

/** Lets the system refuse to listen on these addresses. Default: on every one. */
function refuseToListen(code: string, addresses?: readonly string[]): Error {
  const refusal = Object.assign(new Error(`listen ${code}`), { code })
  const { listen } = Server.prototype
  const refusing = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (
    this: Server,
    ...options
  ) {
    const { host } = options[0] as unknown as { readonly host: string }
    if (addresses !== undefined && !addresses.includes(host)) return listen.apply(this, options)
    queueMicrotask(() => this.emit('error', refusal))
    return this
  })
  onTestFinished(() => refusing.mockRestore())
  return refusal
}

test.each(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])(
  'a machine without IPv6 listens on 127.0.0.1 alone (%s)',
  async (code) => {
    refuseToListen(code, ['::1'])
    const redirect = new URL(`http://localhost:${await freePort()}/callback`)
    const listener = await LoopbackListener.open(redirect, async () => new Response('reached'))
    expect(await (await visit(redirect.href)).text()).toBe('reached')
    await listener.close({ graceMs: 0 })
  },
)

test('an address that the machine lacks is no reason to listen nowhere', async () => {
  const failure = refuseToListen('EADDRNOTAVAIL', ['127.0.0.1'])
  const redirect = new URL(`http://127.0.0.1:${await freePort()}/callback`)
  await expect(LoopbackListener.open(redirect, async () => new Response())).rejects.toBe(failure)
})

test('where the second address cannot be had, the first one is left free', async () => {
  const failure = refuseToListen('EMFILE', ['::1'])
  const redirect = new URL(`http://localhost:${await freePort()}/callback`)
  await expect(LoopbackListener.open(redirect, async () => new Response())).rejects.toBe(failure)
  await expect(visit(redirect.href)).rejects.toThrow()
})

test('a port that this user may not have is named, with what to do', async () => {
  const cause = refuseToListen('EACCES')
  const opened = LoopbackListener.open(new URL('http://localhost/callback'), async () => new Response())
  await expect(opened).rejects.toMatchObject({
    code: 'port_taken',
    message: expect.stringMatching(/may not listen on port 80 on 127\.0\.0\.1\. .* port above 1023/),
    cause,
  })
})

test('another failure of the system is told as it is', async () => {
  const failure = refuseToListen('EMFILE')
  const opened = LoopbackListener.open(new URL('http://localhost/callback'), async () => new Response())
  await expect(opened).rejects.toBe(failure)
})
