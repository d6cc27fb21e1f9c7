import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { boundArrival } from '../src/bound-arrival.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  return () => void vi.useRealTimers()
})

/** A request to a bounded server, as far as it is read. Its body has not ended. */
function arrive(isBounded: (request: IncomingMessage) => boolean = () => true) {
  const server = new EventEmitter()
  boundArrival(server as Server, isBounded)
  const request = Object.assign(new EventEmitter(), { complete: false, destroy: vi.fn() })
  const response = { headersSent: false, writeHead: vi.fn(), end: vi.fn() }
  response.writeHead.mockReturnValue(response)
  server.emit('request', request, response)
  return { request, response }
}

test('a body that has not arrived in 10 seconds is answered 408, and the connection ends', async () => {
  const server = createServer((request) => void request.resume())
  boundArrival(server, ({ method }) => method === 'DELETE')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  const asked = once(server, 'request')
  socket.write('DELETE /callback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{')
  await asked
  vi.advanceTimersByTime(10_000)
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toMatch(/^connection: close\r$/im)
})

test('nothing happens before 10 seconds have passed', () => {
  const { request, response } = arrive()
  vi.advanceTimersByTime(9_999)
  expect(response.writeHead).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(response.writeHead).toHaveBeenCalledExactlyOnceWith(408, { connection: 'close' })
  expect(request.destroy).not.toHaveBeenCalled()
  response.end.mock.calls[0]?.[0]()
  expect(request.destroy).toHaveBeenCalledOnce()
})

test('where an answer has begun, the connection ends without another one', () => {
  const { request, response } = arrive()
  response.headersSent = true
  vi.advanceTimersByTime(10_000)
  expect(request.destroy).toHaveBeenCalledOnce()
  expect([response.writeHead.mock.calls, response.end.mock.calls]).toEqual([[], []])
})

test('a body that is there and that nobody has read is left alone', () => {
  const { request, response } = arrive()
  request.complete = true
  vi.advanceTimersByTime(60_000)
  expect([request.destroy.mock.calls, response.writeHead.mock.calls]).toEqual([[], []])
})

test.each(['end', 'close'])('nothing waits after %s', (event) => {
  const { request } = arrive()
  expect(vi.getTimerCount()).toBe(1)
  request.emit(event)
  expect(vi.getTimerCount()).toBe(0)
})

test('other requests may take their time', () => {
  const { request, response } = arrive(() => false)
  expect([vi.getTimerCount(), request.eventNames()]).toEqual([0, []])
  vi.advanceTimersByTime(60_000)
  expect(response.writeHead).not.toHaveBeenCalled()
})

test('the time begins before a listener of the application is asked', () => {
  const server = new EventEmitter()
  const waiting: number[] = []
  server.on('request', () => waiting.push(vi.getTimerCount()))
  boundArrival(server as Server, () => true)
  server.emit('request', new EventEmitter(), {})
  expect(waiting).toEqual([1])
})
