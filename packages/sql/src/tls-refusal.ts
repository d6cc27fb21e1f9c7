import type { Cause } from './causes.ts'

/** Returns whether the client and the server disagree about TLS, or one does not accept the certificate of the other. */
export function isOfTls({ code, message }: Cause): boolean {
  // mysql2 has one code for all, also for a connection that ends meanwhile.
  if (code === 'HANDSHAKE_SSL_ERROR') return /certificate|altnames|:SSL routines:/.test(message)
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || message === 'The server does not support SSL connections')
    return true
  return certificateCodes.test(String(code)) || handshakeCodes.test(String(code))
}

/** @see [X509 certificate error codes](https://nodejs.org/api/tls.html#x509-certificate-error-codes) */
const certificateCodes =
  /CERT|CRL|ISSUER|LEAF_SIGNATURE|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/

/** Those of OpenSSL that no retry mends. */
const handshakeCodes = /^ERR_SSL_.*(PROTOCOL|VERSION|CIPHER|UNKNOWN_CA|HANDSHAKE_FAILURE|TOO_SMALL|TOO_WEAK)/
