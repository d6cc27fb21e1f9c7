import { isLoopback } from '../protocol/is-loopback.ts'

/** The parameter of an address that this handler has already sent to the host of `redirectUri`. */
const moved = 'moved'

/**
 * Returns the same address on the host of `redirectUri`, if the browser asked another host for it (`www.`, `127.0.0.1`) or
 * came by http to an app on https: an attempt's cookie that is set there never reaches the callback. Returns undefined if the
 * host is right, or if the address has been moved before: behind a proxy that changes `Host`, it would be moved for ever.
 * `path`: the public path of the route.
 */
export function elsewhere(request: Request, redirectUri: string, path: string): string | undefined {
  const { searchParams, host } = new URL(request.url)
  const own = new URL(redirectUri)
  const { headers } = request
  const hosts = [headers.get('host') ?? host, ...listOf(headers.get('x-forwarded-host'))]
  const isPlain = own.protocol === 'https:' && listOf(headers.get('x-forwarded-proto')).includes('http')
  const isRight = hosts.some((one) => isOwnHost(one, own)) && !isPlain
  if (isRight || searchParams.has(moved)) return undefined
  const address = new URL(path, own)
  address.search = searchParams.toString()
  address.searchParams.set(moved, '1')
  return address.href
}

/**
 * Returns whether a host may be the one of `redirectUri`. Ports share cookies. Another port of this machine belongs to another
 * program, such as a development server that passes requests on: there the browser asked for the right host.
 */
function isOwnHost(host: string, own: URL): boolean {
  const asked = URL.parse(`${own.protocol}//${host}`)
  if (asked === null) return false
  const isBehind = isLoopback(own.hostname) && isLoopback(asked.hostname) && asked.port !== own.port
  return asked.hostname === own.hostname || isBehind
}

function listOf(header: string | null): string[] {
  return (header ?? '').split(',').map((one) => one.trim())
}
