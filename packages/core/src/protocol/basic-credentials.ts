import { constantTimeEqual } from '../machine/constant-time-equal.ts'

/**
 * The `Authorization` header with which an app shows who it is: plain `base64(client_id:client_secret)`,
 * standard alphabet with padding, without the form encoding of RFC 6749 §2.3.1.
 * @see [Pipedrive: OAuth authorization](https://pipedrive.readme.io/docs/marketplace-oauth-authorization)
 */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  const bytes = new TextEncoder().encode(`${clientId}:${clientSecret}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}

/** Returns whether a header carries these credentials, with one of the secrets. Compares all of them, in constant time. */
export function isBasicAuthorization(
  header: string | null,
  clientId: string,
  clientSecrets: readonly string[],
): boolean {
  if (header === null) return false
  // Stryker disable next-line Regex: a header that begins with anything else is not equal to one that begins with Basic
  const received = header.replace(/^basic +/i, 'Basic ')
  let matched = false
  for (const secret of clientSecrets)
    matched = constantTimeEqual(basicAuthorization(clientId, secret), received) || matched
  return matched
}
