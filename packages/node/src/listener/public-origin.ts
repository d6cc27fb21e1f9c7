import type { Rule } from '@pd/oauth-core/adapter'
import type { ReceivedRequest } from './received-request.ts'

/**
 * Returns the origin that the client asked for: the one in `X-Forwarded-*` if the proxy is trusted. Returns undefined if the
 * host or the protocol is invalid. `Forwarded` (RFC 7239) is not read: proxies that set `X-Forwarded-*` pass on whatever
 * a client writes there.
 * @see [RFC 9112 §3.2](https://www.rfc-editor.org/rfc/rfc9112.html#section-3.2) and [RFC 9113 §8.3.1](https://www.rfc-editor.org/rfc/rfc9113.html#section-8.3.1)
 */
export function publicOrigin(received: ReceivedRequest, trustsProxy: boolean): string | undefined {
  const { headers, socket } = received
  const forwarded = (name: string) => (trustsProxy ? firstOf(headers[name]) : undefined)
  const isEncrypted = 'encrypted' in socket && socket.encrypted === true
  const protocol = forwarded('x-forwarded-proto') ?? (isEncrypted ? 'https' : 'http')
  const host = forwarded('x-forwarded-host') ?? firstOf(headers[':authority']) ?? headers.host ?? 'localhost'
  return originOf(protocol, host)
}

/** The rule of an option that holds an origin. */
export const anOrigin: Rule = [
  (value) => typeof value === 'string' && URL.parse(value)?.origin === value,
  'an origin, such as https://app.example.com',
]

/** Returns undefined if this is not an origin of the web: a host with a path or a user, another protocol. */
export function originOf(protocol: string, host: string): string | undefined {
  const url = URL.parse(`${protocol}://${host}`)
  const isOrigin = url !== null && ['http:', 'https:'].includes(url.protocol) && url.href === `${url.origin}/`
  return isOrigin ? url.origin : undefined
}

/** Returns the value that the proxy nearest to the client wrote. */
function firstOf(header: string | string[] | undefined): string | undefined {
  return [header].flat()[0]?.split(',', 1)[0]?.trim() || undefined
}
