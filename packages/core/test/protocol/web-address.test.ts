import { expect, test } from 'vitest'
import { isOrigin, isWebAddress } from '../../src/protocol/web-address.ts'

const origins = [
  'https://app.example.com',
  'https://app.example.com/',
  'https://app.example.com:8443',
  'http://localhost:3000',
  'http://127.0.0.1/',
  'http://[::1]:8080',
]
test.each(origins)('%s is a web address and an origin', (address) => {
  expect([isWebAddress(address), isOrigin(address)]).toEqual([true, true])
})

const addresses = [
  'https://app.example.com/pipedrive/callback',
  'https://app.example.com/?tenant=1',
  'https://app.example.com?',
  'http://localhost:3000/callback',
]
test.each(addresses)('%s is a web address, and no origin', (address) => {
  expect([isWebAddress(address), isOrigin(address)]).toEqual([true, false])
})

const others = [
  undefined,
  null,
  1,
  new URL('https://app.example.com'),
  '',
  'app.example.com',
  'https://',
  'http://app.example.com',
  'http://127.0.0.1.example.com',
  'ftp://localhost',
  'javascript:alert(1)',
  'https://app.example.com/#part',
  'https://app.example.com/#',
  'https://app.example.com/a b',
  ' https://app.example.com',
  'https://app.example.com\n',
  'https://app.exam\u{200b}ple.com',
  'https://user@app.example.com',
  'https://user:password@app.example.com',
  'https://:password@app.example.com',
]
test.each(others)('%j is neither', (value) => {
  expect([isWebAddress(value), isOrigin(value)]).toEqual([false, false])
})
