import { expect, test } from 'vitest'
import { isOfTls } from '../src/tls-refusal.ts'

const cause = (code: unknown, message = '') => ({ code, message, errno: undefined, errcode: undefined })

test.each([
  cause('HANDSHAKE_SSL_ERROR', 'self-signed certificate'),
  cause('HANDSHAKE_SSL_ERROR', "does not match certificate's altnames"),
  cause('HANDSHAKE_SSL_ERROR', 'error:0A000102:SSL routines::unsupported protocol'),
  cause('HANDSHAKE_NO_SSL_SUPPORT'),
  cause(undefined, 'The server does not support SSL connections'),
  cause('CERT_HAS_EXPIRED'),
  cause('HOSTNAME_MISMATCH'),
  cause('ERR_SSL_UNSUPPORTED_PROTOCOL'),
])('$code $message is of TLS', (of) => {
  expect(isOfTls(of)).toBe(true)
})

test.each([
  cause('HANDSHAKE_SSL_ERROR', 'the connection was closed'),
  cause('ECONNREFUSED', 'certificate'),
  cause('ERR_SSL_BAD_RECORD'),
  cause(undefined, 'connect failed'),
])('$code $message is not of TLS', (of) => {
  expect(isOfTls(of)).toBe(false)
})
