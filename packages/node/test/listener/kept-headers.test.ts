import { createServer } from 'node:http'
import cookieSession from 'cookie-session'
import express from 'express'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toFastifyHook } from '../../src/fastify/index.ts'
import { toNodeListener } from '../../src/index.ts'
import { everyPlatform, platforms, serve, serveExpress } from '../servers.ts'

const answering = (headers: [string, string][], body: string | null = 'ours') => {
  return () => new Response(body, { headers })
}

describe.each(everyPlatform)('on %s', (platform) => {
  test('F61 cookies and headers that others have set stay', async () => {
    const origin = await platforms[platform](answering([['set-cookie', 'ours=1; Path=/']]), {
      others: [
        ['set-cookie', 'theirs=1; Path=/'],
        ['set-cookie', 'theirs2=2; Path=/'],
        ['x-request-id', 'abc'],
        ['strict-transport-security', 'max-age=31536000'],
        ['vary', 'origin'],
      ],
    })
    const { headers } = await fetch(origin)
    expect(headers.getSetCookie()).toEqual(['theirs=1; Path=/', 'theirs2=2; Path=/', 'ours=1; Path=/'])
    expect(headers.get('x-request-id')).toBe('abc')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect(headers.get('vary')).toBe('origin')
  })

  test('F61 an answer without cookies keeps those of others, also without a body', async () => {
    const others = [['set-cookie', 'theirs=1']] as const
    const origin = await platforms[platform](answering([], null), { others })
    for (const method of ['GET', 'HEAD'])
      expect((await fetch(origin, { method })).headers.getSetCookie()).toEqual(['theirs=1'])
  })

  test('F61 where both set a header the answer’s wins, and Vary has both', async () => {
    const ours: [string, string][] = [
      ['cache-control', 'no-store'],
      ['vary', 'accept'],
    ]
    const origin = await platforms[platform](answering(ours), {
      others: [
        ['cache-control', 'public'],
        ['vary', 'origin'],
      ],
    })
    const { headers } = await fetch(origin)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('vary')?.split(', ').toSorted()).toEqual(['accept', 'origin'])
  })

  test('F61 of a cookie that both set there is the answer’s; another path or domain makes another cookie', async () => {
    const ours: [string, string][] = [
      ['set-cookie', 'same=ours; Path=/; HttpOnly'],
      ['set-cookie', 'other=ours; Path=/'],
    ]
    const others = ['same=theirs; path=/', 'same=below; Path=/below', 'same=wide; Path=/; Domain=a.example']
    const origin = await platforms[platform](answering(ours), {
      others: others.map((cookie) => ['set-cookie', cookie]),
    })
    expect((await fetch(origin)).headers.getSetCookie()).toEqual([
      ...others.slice(1),
      'same=ours; Path=/; HttpOnly',
      'other=ours; Path=/',
    ])
  })

  test('F61 headers that describe a body of somebody else go', async () => {
    const others = [
      ['content-length', '1000'],
      ['content-encoding', 'gzip'],
    ] as const
    const origin = await platforms[platform](answering([]), { others })
    const response = await fetch(origin)
    expect([await response.text(), response.headers.get('content-encoding')]).toEqual(['ours', null])
  })
})

test('F61 a session that is saved when the headers are written keeps its cookie', async () => {
  const app = express()
  app.use(cookieSession({ name: 'theirs', secret: 'only for tests', signed: false }))
  app.use((req, _res, next) => {
    if (req.session) req.session['seen'] = true
    next()
  })
  const origin = await serveExpress(app, toNodeListener(answering([['set-cookie', 'ours=1']])))
  const cookies = (await fetch(origin)).headers.getSetCookie()
  expect(cookies.map((cookie) => cookie.split('=')[0]).toSorted()).toEqual(['ours', 'theirs'])
})

test('F61 hooks of Fastify see the answer, and what is set on its raw response stays, too', async () => {
  const app = fastify({ forceCloseConnections: true })
  onTestFinished(() => app.close())
  app.addHook('onRequest', async (_request, reply) => {
    reply.raw.setHeader('set-cookie', 'raw=1')
    reply.header('set-cookie', 'reply=1')
    reply.raw.setHeader('x-raw', 'kept')
  })
  app.addHook('onRequest', toFastifyHook(answering([['set-cookie', 'ours=1']])))
  app.addHook('onSend', async (_request, reply) => void reply.header('set-cookie', 'late=1'))
  const { headers } = await fetch(await app.listen({ host: '127.0.0.1', port: 0 }))
  expect(headers.getSetCookie().toSorted()).toEqual(['late=1', 'ours=1', 'raw=1', 'reply=1'])
  expect(headers.get('x-raw')).toBe('kept')
})

test('an answer that comes after another one is dropped, and its body is given up', async () => {
  const cancelled = Promise.withResolvers<void>()
  const listener = toNodeListener((_request, { res }) => {
    res.end('first')
    return new Response(new ReadableStream({ cancel: () => cancelled.resolve() }))
  })
  const origin = await serve(createServer(listener))
  expect(await (await fetch(origin)).text()).toBe('first')
  await cancelled.promise
})
