import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isReturnPath, longestPath } from '../../src/protocol/return-path.ts'
import { anyText } from './any-text.ts'

const origins = ['https://app.example.com', 'http://localhost:3000']

describe('isReturnPath() accepts', () => {
  test.each([
    '/',
    '/settings',
    '/settings/',
    '/settings?tab=pipedrive&x=%2F%2Fevil.example#top',
    '/a//b',
    '/..',
    '/a/..',
    '/@evil.example',
    '/:80',
    '/https://evil.example',
    '/%2F/evil.example',
    '/%5Cevil.example',
    '/%0d%0aset-cookie:x',
    '/deals/1;sort=a',
    "/~a-b_c.d!$&'()*+,=",
    '/日本語',
    '/é',
    '/😀',
  ])('%j, a path of our own', (value) => {
    expect(isReturnPath(value)).toBe(true)
    for (const origin of origins) expect(new URL(value, origin).origin).toBe(origin)
  })
})

describe('isReturnPath() refuses', () => {
  const control = Array.from({ length: 32 }, (_, code) => `/a${String.fromCharCode(code)}b`)
  const refused: readonly unknown[] = [
    ...control,
    '',
    ' ',
    'settings',
    './settings',
    '../settings',
    '?tab=1',
    '#top',
    '.',
    '//',
    '//evil.example',
    '///evil.example',
    '////evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/../..//evil.example',
    '/a/..//evil.example',
    '/a/.././/evil.example',
    '/%2e//evil.example',
    '/.%2E//evil.example',
    '/\\evil.example',
    '/\\/evil.example',
    '\\\\evil.example',
    '\\/evil.example',
    '\\evil.example',
    '/a\\b',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '/\u0000/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '\u00a0//evil.example',
    '\ufeff//evil.example',
    '/ /evil.example',
    '/a b',
    '/a\u007fb',
    '/a\u0085b',
    '/a\r\nset-cookie: x=1',
    'https://evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'http://app.example.com/settings',
    'HTTPS://evil.example',
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example.com/1',
    'vbscript:x',
    'evil.example',
    '@evil.example',
    ':80',
    '%2F%2Fevil.example',
    '%2fsettings',
    '\u2044\u2044evil.example',
    '\uff0f\uff0fevil.example',
    undefined,
    null,
    0,
    true,
    {},
    [],
    ['/settings'],
    { toString: () => '/settings' },
  ]
  test.each(refused.map((value) => [value]))('%j', (value) => {
    expect(isReturnPath(value)).toBe(false)
  })
})

test('isReturnPath() accepts a path of the longest length, and of not one byte more', () => {
  const path = `/${'a'.repeat(longestPath - 1)}`
  expect(isReturnPath(path)).toBe(true)
  expect(isReturnPath(`${path}a`)).toBe(false)
  expect(isReturnPath(path.replace('aa', 'é'))).toBe(true)
  expect(isReturnPath(path.replace('a', 'é'))).toBe(false)
})

test('isReturnPath() accepts no text that leads a browser to another origin', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '/',
      '\\',
      '//',
      ':',
      '@',
      '.',
      '..',
      '?',
      '#',
      '%2f',
      '%5c',
      '\t',
      '\n',
      '\r',
      ' ',
      '\u00a0',
      '\u3002',
    ),
    fc.constantFrom('evil.example', 'https:', 'javascript:', 'a', '\uff0f', '\u2028', '\ud800'),
    anyText({ maxLength: 2 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
      const value = parts.join('')
      if (!isReturnPath(value)) return
      for (const origin of origins) {
        expect(new URL(value, `${origin}/deep/callback`).origin).toBe(origin)
        expect(new URL(value.toWellFormed(), origin).origin).toBe(origin)
        expect(new URL(new URL(value, origin).pathname, origin).origin).toBe(origin)
      }
    }),
    { numRuns: 2_000 },
  )
})
