import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { untilPrinted } from '../src/until-printed.ts'

/** Starts a program that prints `up`, and more when it is told to end. */
function start(more: string) {
  const program = `process.stdout.write('up\\n'); process.stdin.on('end', () => { ${more} }).resume()`
  return spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'pipe'] })
}

test.each([
  ['a line', `process.stdout.write('more')`],
  ['more than a pipe holds', `process.stdout.write('x'.repeat(1_000_000))`],
])('a server can print %s after it was found to be up', async (_, more) => {
  const server = start(`process.exitCode = 7; ${more}`)
  let errors = ''
  server.stderr.on('data', (chunk) => (errors += String(chunk)))
  const closed = once(server, 'close')
  await untilPrinted(server.stdout, /up/)
  server.stdin.end()
  expect([await closed, errors]).toEqual([[7, null], ''])
})

test('untilPrinted() rejects with the output of a server that ends too early', async () => {
  const server = start('')
  server.stdin.end()
  await expect(untilPrinted(server.stdout, /ready/)).rejects.toThrow('The server did not start:\nup\n')
})
