import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { inTime } from '../../src/calls/in-time.ts'

const late = () => new Error('too late')
/** Lets this thread stand still. */
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('inTime() rejects once the time is over', async () => {
  await expect(inTime(new Promise(() => {}), 1, late)).rejects.toThrow('too late')
})

test('inTime() passes on what the promise resolves to, and what it rejects with', async () => {
  expect(await inTime(Promise.resolve(7), 60_000, late)).toBe(7)
  await expect(inTime(Promise.reject(new Error('own')), 60_000, late)).rejects.toThrow('own')
})

test('inTime() finds an answer that lies in a socket when the process has stood still for longer', async () => {
  const echo = `
    const server = require('node:net').createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () =>
      require('node:worker_threads').parentPort.postMessage(server.address().port))`
  const worker = new Worker(echo, { eval: true })
  const [port] = await once(worker, 'message')
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('x')
  const answer = inTime(once(socket, 'data'), 100, late)
  standStill(300)
  expect(String(await answer)).toBe('x')
  socket.destroy()
  await worker.terminate()
})
