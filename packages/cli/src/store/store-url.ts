import { ConfigurationError } from '@pd/oauth-core'

/** A URL of a server, without the one parameter that is meant for the store and not for the server. */
export interface StoreUrl {
  readonly href: string
  /** What `?prefix=` or `?table=` says. */
  readonly name: string | undefined
  /** For people: no password. */
  readonly address: string
}

/** @throws {ConfigurationError} without the URL, which may hold a password */
export function readStoreUrl(url: string, parameter: 'prefix' | 'table'): StoreUrl {
  if (!URL.canParse(url))
    throw new ConfigurationError([
      'The URL of the store cannot be read. Characters such as @ : / in a password must be percent-encoded.',
    ])
  const server = new URL(url)
  const name = server.searchParams.get(parameter) ?? undefined
  server.searchParams.delete(parameter)
  const shown = new URL(url)
  shown.password = ''
  shown.searchParams.delete('password')
  return { href: server.href, name, address: shown.href }
}
