import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultApiOrigin, trustedApiOrigin } from '../../src/protocol/api-domain.ts'

describe('F31 trustedApiOrigin() trusts', () => {
  const trusted: readonly [value: string, origin: string][] = [
    ['https://acme.pipedrive.com', 'https://acme.pipedrive.com'],
    ['https://acme.pipedrive.com/', 'https://acme.pipedrive.com'],
    ['https://acme.pipedrive.com:443', 'https://acme.pipedrive.com'],
    ['https://acme.pipedrive.com/api/v1', 'https://acme.pipedrive.com'],
    ['HTTPS://ACME.PIPEDRIVE.COM', 'https://acme.pipedrive.com'],
    ['https://api.pipedrive.com', 'https://api.pipedrive.com'],
    ['https://pipedrive.com', 'https://pipedrive.com'],
    ['https://a.b.pipedrive.com', 'https://a.b.pipedrive.com'],
    ['https://acme-sandbox.pipedrive.com', 'https://acme-sandbox.pipedrive.com'],
    [defaultApiOrigin, defaultApiOrigin],
  ]
  test.each(trusted)('%j', (value, origin) => {
    expect(trustedApiOrigin(value, undefined)).toBe(origin)
  })
})

describe('F31 trustedApiOrigin() does not trust', () => {
  const foreign: readonly unknown[] = [
    undefined,
    null,
    '',
    7,
    ['https://acme.pipedrive.com'],
    { href: 'https://acme.pipedrive.com' },
    'acme.pipedrive.com',
    'acme',
    '//acme.pipedrive.com',
    'http://acme.pipedrive.com',
    'ftp://acme.pipedrive.com',
    'wss://acme.pipedrive.com',
    'javascript://acme.pipedrive.com/%0aalert(1)',
    'blob:https://acme.pipedrive.com/1',
    'data:text/html,https://acme.pipedrive.com',
    'https://evil.example',
    'https://pipedrive.com.evil.example',
    'https://evilpipedrive.com',
    'https://acme-pipedrive.com',
    'https://pipedrive.co',
    'https://pipedrive.com.',
    'https://acme.pipedrive.com.',
    'https://acme.pipedrive.com..',
    'https://acme.pipedrive.com:8443',
    'https://acme.pipedrive.com:80',
    'https://acme.pipedrive.com@evil.example',
    'https://evil.example/acme.pipedrive.com',
    'https://evil.example#.pipedrive.com',
    'https://evil.example?.pipedrive.com',
    'https://evil.example\\.pipedrive.com',
    'https://user@acme.pipedrive.com',
    'https://user:word@acme.pipedrive.com',
    'https://:word@acme.pipedrive.com',
    'https://pipedrivé.com',
    'https://pipеdrive.com',
    'https://xn--pipedriv-g1a.com',
    'https://[::1]',
    'https://127.0.0.1',
    'https://localhost',
    'https://',
    'https://acme pipedrive.com',
    'https://acme.pipedrive.com%2eevil.example',
  ]
  test.each(foreign.map((value) => [value]))('%j', (value) => {
    expect(trustedApiOrigin(value, undefined)).toBeUndefined()
  })
})

describe('trustedApiOrigin() with a configured origin', () => {
  const configured = 'http://localhost:4000'

  test('trusts that very origin, besides Pipedrive’s', () => {
    expect(trustedApiOrigin('http://localhost:4000/api', configured)).toBe(configured)
    expect(trustedApiOrigin('https://acme.pipedrive.com', configured)).toBe('https://acme.pipedrive.com')
  })

  test.each([
    'http://localhost:4001',
    'https://localhost:4000',
    'http://localhost',
    'http://127.0.0.1:4000',
    'http://sub.localhost:4000',
    'http://user@localhost:4000',
    'http://localhost:4000@evil.example',
  ])('does not trust %j', (value) => {
    expect(trustedApiOrigin(value, configured)).toBeUndefined()
  })
})

test('trustedApiOrigin() returns undefined or an https origin of Pipedrive, for any text', () => {
  const part = fc.oneof(
    fc.constantFrom(
      'https://',
      'http://',
      'pipedrive.com',
      '.pipedrive.com',
      'acme',
      '@',
      ':443',
      '/',
      '\\',
      '.',
      '#',
      '?',
    ),
    fc.string({ maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const origin = trustedApiOrigin(parts.join(''), undefined)
      expect(origin ?? 'https://pipedrive.com').toMatch(/^https:\/\/([^/@:?#\\]*\.)?pipedrive\.com$/)
    }),
    { numRuns: 500 },
  )
})
