import type { ReceivedRequest } from './received-request.ts'

/**
 * The origin that the client asked, as seen from outside if the proxy is trusted. Undefined: what was sent is none.
 * `Forwarded` (RFC 7239) is not read: proxies that set `X-Forwarded-*` pass on whatever a client puts there.
 * @see [RFC 9112 §3.2](https://www.rfc-editor.org/rfc/rfc9112.html#section-3.2)
 */
export function publicOrigin(received: ReceivedRequest, trustsProxy: boolean): string | undefined {
  const { headers, socket } = received
  const forwarded = (name: string) => (trustsProxy ? firstOf(headers[name]) : undefined)
  const isEncrypted = 'encrypted' in socket && socket.encrypted === true
  const protocol = forwarded('x-forwarded-proto') ?? (isEncrypted ? 'https' : 'http')
  const host = forwarded('x-forwarded-host') ?? headers.host ?? 'localhost'
  const url = URL.parse(`${protocol}://${host}`)
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  return isOrigin ? url.origin : undefined
}

/** The value of the proxy nearest to the client. */
function firstOf(header: string | string[] | undefined): string | undefined {
  return [header].flat()[0]?.split(',', 1)[0]?.trim() || undefined
}
