import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { toNodeListener, type NodeExchange } from '../../src/index.ts'
import { sendAnswer } from '../../src/listener/index.ts'
import { rawRequest } from '@pd/test-support/raw-request'
import { everyPlatform, halfAnAnswer, platforms, serve, withNext } from '../servers.ts'

/** Says what it was asked. */
const mirror = async (request: Request) => {
  const { pathname, search } = new URL(request.url)
  return Response.json({
    method: request.method,
    target: pathname + search,
    origin: new URL(request.url).origin,
    header: request.headers.get('x-header'),
    cookies: request.headers.get('cookie'),
    body: await request.text(),
  })
}

test('a client that left before the listener was asked has aborted request.signal', async () => {
  const left = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<boolean>()
  const listener = toNodeListener(({ signal }) => {
    asked.resolve(signal.aborted)
    return new Response('too late')
  })
  const origin = await serve(
    createServer(async (req, res) => {
      left.resolve()
      if (!res.closed) await once(res, 'close')
      return listener(req, res)
    }),
  )
  const leaving = new AbortController()
  const response = fetch(origin, { signal: leaving.signal })
  await left.promise
  leaving.abort()
  await expect(response).rejects.toThrow()
  expect(await asked.promise).toBe(true)
})

test('a client that leaves in the middle of its body is not logged as an error', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => logged.mockRestore())
  const reading = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const listener = toNodeListener(async (request) => {
    reading.resolve()
    return new Response(await request.text())
  })
  const origin = await serve(
    createServer(async (req, res) => {
      await listener(req, res)
      over.resolve()
    }),
  )
  const upload = httpRequest(origin, { method: 'POST', headers: { 'content-length': 10 } })
  upload.on('error', () => {})
  upload.write('half')
  await reading.promise
  upload.destroy()
  await over.promise
  expect(logged).not.toHaveBeenCalled()
})

describe.each(everyPlatform)('on %s', (platform) => {
  test('a request arrives as it was sent', async () => {
    const origin = await platforms[platform](mirror)
    const response = await fetch(`${origin}/a%20b/c?d=1&d=2`, {
      method: 'PUT',
      headers: { 'x-header': 'yes', cookie: 'a=1; b=2', 'content-type': 'text/plain' },
      body: 'grüße',
    })
    expect(await response.json()).toEqual({
      method: 'PUT',
      target: '/a%20b/c?d=1&d=2',
      origin,
      header: 'yes',
      cookies: 'a=1; b=2',
      body: 'grüße',
    })
  })

  test('an answer arrives as it was given, with each of its cookies', async () => {
    const origin = await platforms[platform](() => {
      const headers = new Headers({ 'x-one': 'one', location: '/elsewhere' })
      headers.append('set-cookie', 'a=1; Path=/')
      headers.append('set-cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT')
      return new Response('gone', { status: 307, headers })
    })
    const response = await fetch(origin, { redirect: 'manual' })
    expect([response.status, await response.text(), response.headers.get('x-one')]).toEqual([
      307,
      'gone',
      'one',
    ])
    expect(response.headers.getSetCookie()).toEqual([
      'a=1; Path=/',
      'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
    ])
  })

  test('HEAD is answered with headers and without a body', async () => {
    const origin = await platforms[platform](
      (request) => new Response('body', { headers: { 'x-method': request.method } }),
    )
    const answer = await rawRequest(origin, ['HEAD / HTTP/1.1', `Host: ${new URL(origin).host}`])
    expect(answer).toMatch(/^HTTP\/1.1 200/)
    expect(answer).toContain('x-method: HEAD')
    expect(answer.split('\r\n\r\n')[1]).toBe('')
  })

  test('an answer is streamed, chunk by chunk', async () => {
    const gate = Promise.withResolvers<void>()
    const origin = await platforms[platform](
      () =>
        new Response(
          new ReadableStream<Uint8Array>({
            async start(controller) {
              controller.enqueue(new TextEncoder().encode('first '))
              await gate.promise
              controller.enqueue(new TextEncoder().encode('second'))
              controller.close()
            },
          }),
        ),
    )
    const response = await fetch(origin)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe('first ')
    gate.resolve()
    expect((await reader.read()).value).toBe('second')
  })

  test('request.signal aborts when the client leaves, and not when it has its answer', async () => {
    const asked: Request[] = []
    const reached = Promise.withResolvers<void>()
    const origin = await platforms[platform](async (request) => {
      asked.push(request)
      if (new URL(request.url).pathname === '/short') return new Response('here')
      reached.resolve()
      await once(request.signal, 'abort')
      return new Response('too late')
    })
    await (await fetch(`${origin}/short`)).text()
    const leaving = new AbortController()
    const response = fetch(`${origin}/long`, { signal: leaving.signal })
    await reached.promise
    leaving.abort()
    await expect(response).rejects.toThrow()
    await expect.poll(() => asked[1]?.signal.aborted).toBe(true)
    expect(asked[0]?.signal.aborted).toBe(false)
  })

  test.each([
    ['a method that no Request can have', ['TRACE /x HTTP/1.1', 'Host: a'], '400'],
    ['an invalid Host', ['GET /x HTTP/1.1', 'Host: a b'], '400'],
    ['a Host with a path', ['GET /x HTTP/1.1', 'Host: evil.example/path?'], '400'],
    ['a Host with a user', ['GET /x HTTP/1.1', 'Host: user@evil.example'], '400'],
    ['a Host with an invalid port', ['GET /x HTTP/1.1', 'Host: localhost:99999'], '400'],
    ['an absolute address', ['GET http://evil.example/x HTTP/1.1', 'Host: localhost'], '400'],
    ['a target that is not a path', ['OPTIONS * HTTP/1.1', 'Host: localhost'], '400'],
    ['a path that looks like a host', ['GET //evil.example/x HTTP/1.1', 'Host: localhost'], '200'],
    ['a path with broken escapes', ['GET /%zz%00 HTTP/1.1', 'Host: localhost'], '(200|400)'],
    ['no Host, as HTTP/1.0 may', ['GET /x HTTP/1.0'], '200'],
  ])('%s ends nothing but its own request', async (_what, lines, status) => {
    const hosts: string[] = []
    const origin = await platforms[platform]((request) => {
      hosts.push(new URL(request.url).hostname)
      return new Response('reached')
    })
    const answer = await rawRequest(origin, lines)
    // Routers refuse some by themselves, before they ask a handler.
    const isRouted = platform === 'Connect' || platform.startsWith('Fastify')
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${isRouted && status === '400' ? '40[04]' : status}`))
    expect(hosts.every((host) => host === 'localhost')).toBe(true)
    expect(await (await fetch(`${origin}/well`)).text()).toBe('reached')
  })
})

describe.each(everyPlatform.filter((platform) => platform !== 'Fastify, behind its parsers'))(
  'on %s',
  (platform) => {
    test('a request is streamed: the handler answers to what it has while more is on its way', async () => {
      const origin = await platforms[platform](
        (request) => new Response(request.body?.pipeThrough(new TransformStream())),
      )
      const sending = httpRequest(origin, { method: 'POST' })
      sending.write('first ')
      const [response] = (await once(sending, 'response')) as [IncomingMessage]
      const [first] = (await once(response, 'data')) as [Buffer]
      expect(String(first)).toBe('first ')
      sending.end('second')
      expect(await text(response)).toBe('second')
    })

    test('a client that leaves in the middle of its body ends the handler’s reading', async () => {
      const outcome = Promise.withResolvers<unknown>()
      const origin = await platforms[platform](async (request) => {
        outcome.resolve(await request.text().catch((error: unknown) => error))
        return new Response('read')
      })
      const sending = httpRequest(origin, { method: 'POST', headers: { 'content-length': 100 } })
      sending.once('error', () => {})
      sending.write('half', () => sending.destroy())
      expect(await outcome.promise).toBeInstanceOf(Error)
    })
  },
)

describe.each(withNext)('on %s, what the handler does not answer', (platform) => {
  test('goes on to the next, with its body unread', async () => {
    const origin = await platforms[platform](
      async (request) => {
        // Time enough for the body to come in, if anybody had begun to read it.
        await setImmediate()
        await setImmediate()
        return new URL(request.url).pathname === '/mine' ? new Response('mine') : undefined
      },
      { next: (req, res) => void text(req).then((body) => res.end(`next read ${body}`)) },
    )
    const post = (path: string) => fetch(origin + path, { method: 'POST', body: 'a body' })
    expect(await (await post('/mine')).text()).toBe('mine')
    expect(await (await post('/other')).text()).toBe('next read a body')
  })

  test('because it failed, goes to the error handling of the application', async () => {
    const failure = new Error('secret detail')
    const onError = vi.fn()
    const origin = await platforms[platform](() => Promise.reject(failure), { onError })
    const response = await fetch(origin)
    expect([response.status, await response.text()]).toEqual([500, expect.stringMatching(/^by /)])
    expect(onError).toHaveBeenCalledExactlyOnceWith(failure)
  })
})

describe('without anybody next', () => {
  test('what the handler does not answer is 404', async () => {
    const origin = await platforms['node:http'](() => undefined)
    expect((await fetch(origin)).status).toBe(404)
  })

  /** A server whose handler throws, and what is logged. */
  async function failing(
    handler: (exchange: NodeExchange, request: Request) => Promise<Response> | Response,
  ) {
    const logged: unknown[][] = []
    const logger = { error: (...line: unknown[]) => void logged.push(line), warn: () => {} }
    const listener = toNodeListener((request, exchange) => handler(exchange, request), { logger })
    const over = Promise.withResolvers<void>()
    const server = createServer((req, res) => void listener(req, res).then(over.resolve, over.reject))
    return { logged, origin: await serve(server), over: over.promise }
  }

  test('what it throws is 500 without details, and is logged with its route and without its query', async () => {
    const { logged, origin } = await failing(() => {
      throw new Error('secret detail')
    })
    const response = await fetch(`${origin}/deals?code=c0de`)
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).toContain('/deals')
    expect(JSON.stringify(logged)).not.toContain('c0de')
  })

  test.each([
    ['an abort of its own', new DOMException('The operation was aborted', 'AbortError')],
    ['what is no error', 'no database'],
    ['nothing', undefined],
  ])('%s that it throws is logged, because the client is still there', async (_what, thrown) => {
    const { logged, origin } = await failing(() => {
      throw thrown
    })
    expect((await fetch(origin)).status).toBe(500)
    expect(logged).toHaveLength(1)
  })

  test.each([
    ['a bug is logged', new Error('a bug'), 1],
    ['an abort is not', new DOMException('The operation was aborted', 'AbortError'), 0],
  ])('after the client has left, %s', async (_what, thrown, lines) => {
    const reached = Promise.withResolvers<void>()
    const { logged, origin, over } = await failing(async (_exchange, { signal }) => {
      reached.resolve()
      await once(signal, 'abort')
      throw thrown
    })
    const asking = httpRequest(origin).end()
    asking.on('error', () => {})
    await reached.promise
    asking.destroy()
    await over
    expect(logged).toHaveLength(lines)
  })

  test('an answer of its own that it has begun when it throws is broken off', async () => {
    const { logged, origin } = await failing(({ res }) => {
      ;(res as ServerResponse).write('half')
      throw new Error('broke')
    })
    await expect(fetch(origin).then((response) => response.text())).rejects.toThrow()
    expect(logged).toHaveLength(1)
  })

  test('the body of a request whose Host is invalid reaches it, where the origin is fixed', async () => {
    const listener = toNodeListener(
      async (request) => new Response(`${request.url} ${await request.text()}`),
      {
        origin: 'https://app.example.com',
      },
    )
    const origin = await serve(createServer((req, res) => void listener(req, res)))
    const lines = ['POST /x HTTP/1.1', 'Host: a/b', 'Content-Length: 4', 'Connection: close', '', 'body']
    expect(await rawRequest(origin, lines, { isWhole: true })).toContain('https://app.example.com/x body')
  })
})

describe('an answer', () => {
  test('that breaks off rejects sendAnswer(), and does not look whole', async () => {
    const failure = Promise.withResolvers<unknown>()
    const server = createServer((_req, res) => void sendAnswer(res, halfAnAnswer()).catch(failure.resolve))
    const text = fetch(await serve(server)).then((response) => response.text())
    await expect(text).rejects.toThrow()
    expect(await failure.promise).toMatchObject({ message: 'broke' })
  })

  test('without a body is dropped after another one, and answers HEAD', async () => {
    const sent: Promise<void>[] = []
    const server = createServer((req, res) => {
      if (req.url === '/twice') res.end('first')
      sent.push(sendAnswer(res, new Response(null, { status: 204 })))
    })
    const origin = await serve(server)
    expect(await (await fetch(`${origin}/twice`)).text()).toBe('first')
    expect((await fetch(origin, { method: 'HEAD' })).status).toBe(204)
    expect(await Promise.all(sent)).toHaveLength(2)
  })

  test('that breaks off in the middle does not look whole', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const origin = await platforms['node:http'](halfAnAnswer)
    await expect(fetch(origin).then((response) => response.text())).rejects.toThrow()
    log.mockRestore()
  })

  test('is read no faster than the client reads, and cancelled when the client leaves', async () => {
    const chunk = new Uint8Array(64 * 1024)
    const ended = Promise.withResolvers<void>()
    let chunks = 0
    const origin = await platforms['node:http'](
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              chunks += 1
              controller.enqueue(chunk)
            },
            cancel: () => ended.resolve(),
          }),
        ),
    )
    const asking = httpRequest(origin).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    response.pause()
    await standsStill(() => chunks)
    expect(chunks).toBeLessThan(1_000)
    response.destroy()
    await ended.promise
  })

  test('to HEAD has its body cancelled, because nobody will read it', async () => {
    const ended = Promise.withResolvers<void>()
    const origin = await platforms['node:http'](
      () => new Response(new ReadableStream({ cancel: () => ended.resolve() })),
    )
    expect((await fetch(origin, { method: 'HEAD' })).status).toBe(200)
    await ended.promise
  })
})

test('a request is read no faster than the handler reads it', async () => {
  const reached = Promise.withResolvers<ReadableStreamDefaultReader<Uint8Array>>()
  const done = Promise.withResolvers<void>()
  const origin = await platforms['node:http'](async (request) => {
    reached.resolve(request.body!.getReader())
    await done.promise
    return new Response('enough')
  })
  const sending = httpRequest(origin, { method: 'POST' })
  sending.on('error', () => {})
  const chunk = Buffer.alloc(64 * 1024)
  let sent = 0
  const send = () => {
    while (sent < 4_000 && sending.write(chunk)) sent += 1
    sent += 1
  }
  sending.on('drain', send)
  send()
  expect((await (await reached.promise).read()).value?.length).toBeGreaterThan(0)
  await standsStill(() => sent)
  expect(sent).toBeLessThan(1_000)
  done.resolve()
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  expect(await text(response)).toBe('enough')
  sending.destroy()
})

/** What counts goes on until every buffer on the way is full, and then stands still. */
async function standsStill(count: () => number): Promise<void> {
  let before = -1
  const stands = () => {
    const stood = count() === before
    before = count()
    return stood
  }
  await expect.poll(stands, { interval: 100 }).toBe(true)
}

test('with `logger: false`, nobody is told of what the handler throws', async () => {
  const written = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  onTestFinished(() => void vi.restoreAllMocks())
  const fails = () => {
    throw new Error('secret detail')
  }
  const origin = await serve(createServer(toNodeListener(fails, { logger: false })))
  expect((await fetch(origin)).status).toBe(500)
  expect(written.flatMap(({ mock }) => mock.calls)).toEqual([])
})

test.each([
  [{ trustproxy: true }, 'trustproxy is not a known option'],
  [{ trustProxy: 'loopback' }, 'trustProxy must be true or false'],
  [{ origin: 'https://app.example.com/' }, 'origin must be an origin, such as https://app.example.com'],
  [{ origin: 'app.example.com' }, 'origin must be an origin, such as https://app.example.com'],
  [{ logger: { error: () => {} } }, 'logger must be false, or have the methods error and warn'],
  [{ logger: true }, 'logger must be false, or have the methods error and warn'],
  [null, 'the options must be an object'],
])('an option that it cannot use is refused where the listener is made: %j', (options, problem) => {
  expect(() => toNodeListener(() => undefined, options as object)).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', problems: [`toNodeListener(): ${problem}`] }),
  )
})
