import { expect, test } from 'vitest'
import { statusOf } from '../status-of.ts'

/** Runs a program of one line, and returns what it answers. */
const statusOfProgram = (line: string) => statusOf('/', ['-e', line], { cwd: import.meta.dirname })

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
