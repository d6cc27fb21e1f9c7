import type { ArgumentsHost } from '@nestjs/common'
import type { FastifyRequestLike, ReceivedRequest } from '@pd/oauth-node/listener'
import { expect, test } from 'vitest'
import { contextOf, receivedOf } from '../src/context-of-host.ts'

const req = { url: '/deals' }
const res = { statusCode: 200 }

/** What Nest gives to a guard or a filter in a handler of this kind. */
function hostOf(kind: string, ...given: readonly unknown[]): ArgumentsHost {
  const http = { getRequest: () => req, getResponse: () => res }
  return {
    getType: () => kind,
    getArgByIndex: (index: number) => given[index],
    switchToHttp: () => http,
  } as unknown as ArgumentsHost
}

/** A resolver gets its parent, its arguments and the context. */
const resolver = (context: unknown) => hostOf('graphql', undefined, {}, context)

test.each([
  ['a controller', hostOf('http'), { request: req, response: res }],
  ['a resolver on Express', resolver({ req, res }), { request: req, response: res }],
  [
    'a resolver whose context has `request`',
    resolver({ request: req, res }),
    { request: req, response: res },
  ],
  [
    'a resolver on Fastify',
    resolver({ reply: { request: req } }),
    { request: req, response: { request: req } },
  ],
])('%s has the request and the response', (_what, host, expected) => {
  expect(contextOf(host)).toEqual(expected)
})

test.each([
  ['rpc', hostOf('rpc')],
  ['ws', hostOf('ws')],
  ['necord', hostOf('necord', undefined, {}, { req, res })],
  ['graphql', resolver({})],
  ['graphql', resolver({ reply: {} })],
  ['graphql', resolver(undefined)],
])('a handler of %s without a request is told what to use', (kind, host) => {
  expect(() => contextOf(host)).toThrow(
    new TypeError(`There is no HTTP request in this ${kind} handler. Use oauth.installation(id) instead.`),
  )
})

test('the request of Node is the one of Express, and within the one of Fastify', () => {
  const received = { url: '/deals', headers: {} } as ReceivedRequest
  expect(receivedOf(received)).toBe(received)
  expect(receivedOf({ raw: received } as FastifyRequestLike)).toBe(received)
})
