/**
 * Returns the values of `Host` that a socket answers to: its own address, the names of this machine, and the names that
 * the options allow. Any other one is a foreign name that somebody points at this machine.
 */
export function ownHosts(host: string, port: number, allowed: readonly string[]): ReadonlySet<string> {
  const names = [host.includes(':') ? `[${host}]` : host, 'localhost', '127.0.0.1', '[::1]']
  return new Set(
    [...names.map((name) => `${name}:${port}`), ...allowed].map((name) => hostOf(`http://${name}`)),
  )
}

/** Whether both the address and the `Host` header of a request name an own host. They differ for an absolute target. */
export function isForOwnHost(
  request: Request,
  header: string | undefined,
  own: ReadonlySet<string>,
): boolean {
  return own.has(hostOf(request.url)) && own.has(hostOf(`http://${header ?? ''}`))
}

/** Returns the answer to a request for a foreign host. */
export function misdirected(own: ReadonlySet<string>): Response {
  const error = `This fake answers only on ${[...own].join(', ')}. Allow another host with --allow-host or listen({ allowedHosts }).`
  return Response.json({ error }, { status: 421 })
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : '')
