import 'reflect-metadata'
import { EventEmitter } from 'node:events'
import type { HttpServer } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { PipedriveModule } from '../src/index.ts'
import { PipedriveRoutes } from '../src/pipedrive-routes.ts'
import { testOptions } from '../src/testing/test-options.ts'

const fake = createFakePipedrive({ redirectUri: 'https://app.example.com/pipedrive/callback' })

/** The part of an adapter that the routes use, with the routes on it. */
async function adapterOf(type: 'express' | 'fastify') {
  const module = await Test.createTestingModule({
    imports: [PipedriveModule.forRoot(testOptions(fake))],
  }).compile()
  onTestFinished(() => module.close())
  const server = new EventEmitter()
  const addHook = vi.fn()
  const use = vi.fn()
  const adapter = { getHttpServer: () => server, getType: () => type, getInstance: () => ({ addHook }), use }
  module.get(PipedriveRoutes, { strict: false }).serveOn(adapter as unknown as HttpServer)
  return { server, addHook, use }
}

// What nothing but method and path is read of.
const others = [
  '/',
  '/deals',
  '/pipedrive/elsewhere',
  '//evil.example/pipedrive/callback',
  'http://evil.example/',
].map((url) => ({ method: 'GET', url }))

test('of requests for other paths the middleware of Express reads only method and path', async () => {
  const { use, addHook } = await adapterOf('express')
  const middleware = use.mock.calls[0]?.[0]
  for (const request of [...others, { method: 'TRACE', url: '/pipedrive/callback' }, {}]) {
    const next = vi.fn()
    await middleware(request, {}, next)
    expect(next.mock.calls).toEqual([[]])
    await expect(middleware(request, {})).resolves.toBeUndefined()
  }
  expect(addHook).not.toHaveBeenCalled()
})

test('of requests for other paths the hook of Fastify reads only method and path', async () => {
  const { use, addHook } = await adapterOf('fastify')
  const [name, hook] = addHook.mock.calls[0] ?? []
  expect(name).toBe('preParsing')
  for (const raw of [...others, { method: 'TRACE', url: '/pipedrive/callback' }, {}]) {
    const done = vi.fn()
    hook({ raw }, {}, undefined, done)
    expect(done.mock.calls).toEqual([[]])
  }
  expect(use).not.toHaveBeenCalled()
})

describe.each(['express', 'fastify'] as const)('on %s', (type) => {
  test.each([
    ['a notice', 'DELETE', '/pipedrive/callback', 1],
    ['a disconnect', 'POST', '/pipedrive/disconnect?all=1', 1],
    ['a GET, which has no body,', 'GET', '/pipedrive/callback', 0],
    ['an upload of the application', 'POST', '/uploads', 0],
  ])('the body of %s is limited in time as it should be', async (_what, method, url, timers) => {
    const { server } = await adapterOf(type)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    server.emit('request', Object.assign(new EventEmitter(), { method, url }), {})
    expect(vi.getTimerCount()).toBe(timers)
  })
})
