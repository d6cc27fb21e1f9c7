/** The origin of API calls if Pipedrive has not named one: its host for every company. */
export const defaultApiOrigin = 'https://api.pipedrive.com'

/**
 * Returns the origin of an `api_domain` if a bearer token may be sent there: https, and `pipedrive.com` or a host below it;
 * or the one other origin that was configured. Returns undefined for anything else.
 */
export function trustedApiOrigin(value: unknown, configuredOrigin: string | undefined): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const url = new URL(value)
  if (url.username !== '' || url.password !== '') return undefined
  if (url.origin === configuredOrigin) return url.origin
  const isPipedrive = url.hostname === 'pipedrive.com' || url.hostname.endsWith('.pipedrive.com')
  return url.protocol === 'https:' && url.port === '' && isPipedrive ? url.origin : undefined
}

/** Returns the origin that API calls go to: the named one if it is trusted, else the configured one, else Pipedrive's. */
export function apiOriginFor(named: unknown, configuredOrigin: string | undefined): string {
  return trustedApiOrigin(named, configuredOrigin) ?? configuredOrigin ?? defaultApiOrigin
}
