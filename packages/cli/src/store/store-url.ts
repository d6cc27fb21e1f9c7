import { ConfigurationError } from '@pd/oauth-core'

/** The URL of a store, split into what the server's driver needs and what the store needs. */
export interface StoreUrl {
  /** The URL without the parameter that is meant for the store. */
  readonly href: string
  /** The value of `?prefix=` or `?table=`. */
  readonly name: string | undefined
  /** The URL without its password, for messages. */
  readonly address: string
}

/** Parameters such as `password` and `sentinelPassword`, which the drivers read. */
const passwordKey = /pass|secret|token/i

/** Whether a URL of a store holds a password, also if the URL is malformed. */
export function holdsPassword(url: string): boolean {
  if (!/^(rediss?|postgres(ql)?|mysql|mariadb):/i.test(url)) return false
  const parsed = URL.parse(url)
  if (parsed === null) return /^[^/]*\/\/[^/:]*:.*@/.test(url) || passwordKey.test(url)
  return parsed.password !== '' || [...parsed.searchParams.keys()].some((key) => passwordKey.test(key))
}

/** @throws {ConfigurationError} whose message does not repeat the URL, which may hold a password */
export function readStoreUrl(url: string, parameter: 'prefix' | 'table'): StoreUrl {
  if (!URL.canParse(url)) throw malformedUrl()
  const server = new URL(url)
  const name = server.searchParams.get(parameter) ?? undefined
  server.searchParams.delete(parameter)
  const shown = new URL(url)
  shown.password = ''
  const passwords = [...shown.searchParams.keys()].filter((key) => passwordKey.test(key))
  for (const key of passwords) shown.searchParams.delete(key)
  return { href: server.href, name, address: shown.href }
}

/**
 * Throws the error of a driver that cannot decode a URL as one that says what to do, and every other error as it is.
 * @throws {ConfigurationError}
 */
export function refuseMalformed(error: unknown): never {
  throw error instanceof URIError ? malformedUrl() : error
}

function malformedUrl(): ConfigurationError {
  return new ConfigurationError([
    'The address of the database is malformed. Characters such as @ : / # % in a password must be percent-encoded.',
  ])
}
