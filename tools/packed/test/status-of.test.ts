import { expect, test } from 'vitest'
import { statusOf } from '../status-of.ts'

/** Runs a program of one line, and returns what it answers. */
const statusOfProgram = (line: string, limitMs?: number) =>
  statusOf('/', ['-e', line], { cwd: import.meta.dirname, limitMs })

test('the status of a program is what it answers', async () => {
  const serve = `require('http').createServer((_, res) => res.writeHead(401).end()).listen(process.env.PORT, '127.0.0.1')`
  expect(await statusOfProgram(serve)).toBe(401)
})

test.each([
  ['at once', 'process.exit(3)', 'ended with 3'],
  ['later', 'setTimeout(() => process.exit(4), 300)', 'ended with 4'],
  ['by a signal', `process.kill(process.pid, 'SIGKILL')`, 'ended with SIGKILL'],
  ['without a word', '', 'ended with 0'],
])('a program that dies %s is a problem that is told', async (_, line, problem) => {
  await expect(statusOfProgram(line)).rejects.toThrow(problem)
})

test.each([
  [
    'accepts connections and stays silent',
    `require('net').createServer(() => {}).listen(process.env.PORT, '127.0.0.1')`,
  ],
  ['does not listen', 'setInterval(() => {}, 1_000)'],
  ['ignores SIGTERM', `process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000)`],
])('a program that %s is a problem after the limit, and is ended', async (_, line) => {
  await expect(statusOfProgram(line, 1_000)).rejects.toThrow('has not answered at')
})
