import { once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { inTime } from '../../src/calls/in-time.ts'

const late = () => new Error('too late')
/** Lets this thread stand still. */
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
/** A server that sends back what it gets, and tells the other thread when that is written. */
const echo = `
  const { parentPort, workerData: answered } = require('node:worker_threads')
  const server = require('node:net').createServer((socket) =>
    socket.on('data', (data) =>
      socket.write(data, () => {
        Atomics.store(answered, 0, 1)
        Atomics.notify(answered, 0)
      })))
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

test('inTime() rejects once the time is over', async () => {
  await expect(inTime(new Promise(() => {}), 1, late)).rejects.toThrow('too late')
})

test('inTime() passes on what the promise resolves to, and what it rejects with', async () => {
  expect(await inTime(Promise.resolve(7), 60_000, late)).toBe(7)
  await expect(inTime(Promise.reject(new Error('own')), 60_000, late)).rejects.toThrow('own')
})

test('inTime() finds an answer that lies in a socket when the process has stood still for longer', async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(echo, { eval: true, workerData: answered })
  onTestFinished(async () => void (await worker.terminate()))
  const [port] = await once(worker, 'message')
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write('x')
  const began = performance.now()
  const answer = inTime(once(socket, 'data'), 100, late)
  expect(Atomics.wait(answered, 0, 0, 60_000)).not.toBe('timed-out')
  while (performance.now() < began + 200) standStill(10)
  expect(String(await answer)).toBe('x')
})
