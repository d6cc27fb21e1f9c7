import { ConfigurationError } from '@pd/oauth-core'

/** The URL of a store, split into what the server's driver needs and what the store needs. */
export interface StoreUrl {
  /** The URL without the parameter that is meant for the store. */
  readonly href: string
  /** The value of `?prefix=` or `?table=`. */
  readonly name: string | undefined
  /** The URL without its password, and without parameters of the server, for messages. */
  readonly address: string
}

/** Parameters such as `password` and `sentinelPassword`, which the drivers read. */
const passwordKey = /pass|secret|token/i

/** Whether a URL of a store holds a password. A malformed one with an `@` or `#` counts as one that does. */
export function holdsPassword(url: string): boolean {
  if (!/^\s*(rediss?|postgres(ql)?|mysql|mariadb):/i.test(url)) return false
  const parsed = URL.parse(url)
  if (parsed === null || isCutShort(parsed)) return /[@#]/.test(url) || passwordKey.test(url)
  return parsed.password !== '' || [...parsed.searchParams.keys()].some((key) => passwordKey.test(key))
}

/** @throws {ConfigurationError} whose message does not repeat the URL, which may hold a password */
export function readStoreUrl(url: string, parameter: 'prefix' | 'table'): StoreUrl {
  const server = URL.parse(withHost(url))
  if (server === null || isCutShort(server) || !isDecodable(server)) throw malformedUrl()
  const name = server.searchParams.get(parameter) ?? undefined
  server.searchParams.delete(parameter)
  const shown = new URL(server)
  shown.password = ''
  // A part of a password can be a parameter of its own, so no other parameter is shown.
  shown.search = name === undefined ? '' : new URLSearchParams({ [parameter]: name }).toString()
  return { href: server.href, name, address: shown.href }
}

/** The parts of `sqlite:<path>` or `sqlite:<path>?table=<name>`. */
export function readSqliteUrl(url: string): { readonly path: string; readonly table: string | undefined } {
  const [, path = '', table] = /^sqlite:(.*?)(?:\?table=([^?]*))?$/s.exec(url) ?? []
  return { path, table }
}

/** PostgreSQL's own programs read `postgres://user:password@/db?host=/folder`, which has no host before the path. */
function withHost(url: string): string {
  return /^postgres(ql)?:\/\//i.test(url) && /[?&]host=/.test(url) ? url.replace('@/', '@localhost/') : url
}

/** Whether a `#`, `/` or `?` in a password has ended the authority: the rest of the password is behind it, and so is the `@`. */
function isCutShort({ pathname, search, hash }: URL): boolean {
  return hash !== '' || `${pathname}${search}`.includes('@')
}

/** Whether the drivers can decode the parts of a URL. They do so at different times, and with different errors. */
function isDecodable({ username, password, hostname, pathname }: URL): boolean {
  try {
    for (const part of [username, password, hostname, pathname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

function malformedUrl(): ConfigurationError {
  return new ConfigurationError([
    'The address of the database is malformed. Characters such as @ : / ? # % in a password must be percent-encoded.',
  ])
}
