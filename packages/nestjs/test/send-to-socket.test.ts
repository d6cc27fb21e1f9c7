import { expect, test, vi } from 'vitest'
import { sendToSocket } from '../src/send-to-socket.ts'

const text = JSON.stringify({ event: 'exception', data: { code: 'not_installed' } })

test('a socket of Socket.IO gets the event by emit', () => {
  const client = { emit: vi.fn(), send: vi.fn() }
  sendToSocket(client, 'exception', { code: 'not_installed' })
  expect(client.emit).toHaveBeenCalledExactlyOnceWith('exception', { code: 'not_installed' })
  expect(client.send).not.toHaveBeenCalled()
})

test.each([
  ['a WebSocket, whose emit would tell the server', { readyState: 1, emit: vi.fn() }],
  ['a client without emit', {}],
])('%s gets it as text', (_what, parts) => {
  const send = vi.fn()
  sendToSocket({ ...parts, send }, 'exception', { code: 'not_installed' })
  expect(send).toHaveBeenCalledExactlyOnceWith(text)
  if ('emit' in parts) expect(parts.emit).not.toHaveBeenCalled()
})

test('a client that can do neither is left alone', () => {
  expect(() => sendToSocket({}, 'exception', {})).not.toThrow()
})
