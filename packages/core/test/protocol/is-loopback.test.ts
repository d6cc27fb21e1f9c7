import { expect, test } from 'vitest'
import { isLoopback } from '../../src/protocol/is-loopback.ts'

const own = ['localhost', '127.0.0.1', '127.0.0.53', '127.12.255.254', '[::1]']
test.each(own)('%s is this machine', (hostname) => {
  expect(isLoopback(hostname)).toBe(true)
})

const others = [
  '',
  '0.0.0.0',
  '127.0.0.1.example.com',
  '127.0.0',
  '1127.0.0.1',
  '27.0.0.1',
  '10.127.0.0.1',
  '127.a.b.c',
  'localhost.example.com',
  'my-localhost',
  '[::]',
  '[::11]',
  '[::ffff:127.0.0.1]',
]
test.each(others)('%j is another machine', (hostname) => {
  expect(isLoopback(hostname)).toBe(false)
})
