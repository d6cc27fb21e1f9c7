/**
 * Returns the path of an address, or of a request target, as it is written: `..`, `%2e` and backslashes stay. Routers that do
 * not resolve them find their handlers by it.
 */
export function writtenPath(address: string): string {
  const [path = ''] = address.split('?', 1)
  return path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
}
