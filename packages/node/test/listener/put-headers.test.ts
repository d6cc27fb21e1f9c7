import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { putHeaders } from '../../src/listener/put-headers.ts'
import type { FastifyReplyLike, NodeResponse } from '../../src/listener/received-request.ts'

type Holder = NodeResponse | FastifyReplyLike

/** Runs with a response of Node and with a reply of Fastify. */
const holders: [name: string, withOne: (work: (holder: Holder) => void) => Promise<void>][] = [
  ['a response of Node', async (work) => work(new ServerResponse(new IncomingMessage(new Socket())))],
  [
    'a reply of Fastify',
    async (work) => {
      const app = fastify()
      app.get('/', (_request, reply) => {
        work(reply)
        return 'done'
      })
      expect((await app.inject('/')).statusCode).toBe(200)
    },
  ],
]

function set(holder: Holder, name: string, line: string): void {
  if ('raw' in holder) holder.header(name, line)
  else holder.appendHeader(name, line)
}

function linesOf(holder: Holder, name: string): string[] {
  return [holder.getHeader(name) ?? []].flat().map(String)
}

const ours = new Headers([
  ['set-cookie', 'ours=1'],
  ['cache-control', 'no-store'],
  ['referrer-policy', 'same-origin'],
])

describe.each(holders)('putHeaders() on %s', (_name, withOne) => {
  test('takes several cookies off again, and leaves that of others', async () => {
    await withOne((holder) => {
      set(holder, 'set-cookie', 'theirs=1')
      const takeOff = putHeaders(
        holder,
        new Headers([
          ['set-cookie', 'ours=1'],
          ['set-cookie', 'also-ours=1'],
        ]),
      )
      expect(linesOf(holder, 'set-cookie')).toEqual(['theirs=1', 'ours=1', 'also-ours=1'])
      takeOff()
      expect(linesOf(holder, 'set-cookie')).toEqual(['theirs=1'])
    })
  })

  test('puts cookies beside those of others, and replaces their other headers', async () => {
    await withOne((holder) => {
      set(holder, 'set-cookie', 'theirs=1')
      set(holder, 'cache-control', 'public')
      putHeaders(holder, ours)
      expect(linesOf(holder, 'set-cookie')).toEqual(['theirs=1', 'ours=1'])
      expect(linesOf(holder, 'cache-control')).toEqual(['no-store'])
    })
  })

  test('puts everything back as it was', async () => {
    await withOne((holder) => {
      set(holder, 'set-cookie', 'theirs=1')
      set(holder, 'cache-control', 'public')
      putHeaders(holder, ours)()
      expect(linesOf(holder, 'set-cookie')).toEqual(['theirs=1'])
      expect(linesOf(holder, 'cache-control')).toEqual(['public'])
      expect(linesOf(holder, 'referrer-policy')).toEqual([])
    })
  })

  test('leaves what others have set meanwhile', async () => {
    await withOne((holder) => {
      set(holder, 'cache-control', 'public')
      const takeOff = putHeaders(holder, ours)
      set(holder, 'set-cookie', 'late=1')
      holder.removeHeader('cache-control')
      set(holder, 'cache-control', 'private')
      takeOff()
      expect(linesOf(holder, 'set-cookie')).toEqual(['late=1'])
      expect(linesOf(holder, 'cache-control')).toEqual(['private'])
    })
  })
})

test('putHeaders() does nothing once headers were sent', () => {
  const sent = new ServerResponse(new IncomingMessage(new Socket()))
  sent.setHeader('cache-control', 'public')
  sent.flushHeaders()
  putHeaders(sent, ours)()
  expect(sent.getHeader('cache-control')).toBe('public')

  const later = new ServerResponse(new IncomingMessage(new Socket()))
  const takeOff = putHeaders(later, ours)
  later.flushHeaders()
  takeOff()
  expect(later.getHeader('cache-control')).toBe('no-store')
})
