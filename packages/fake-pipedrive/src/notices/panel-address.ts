import type { User } from '../directory.ts'

/** Returns the address with which Pipedrive opens an app's panel. It names the user and has the signed token. */
export function panelAddress(panelUrl: string, user: User, token: string): string {
  const url = new URL(panelUrl)
  url.searchParams.set('userId', String(user.id))
  url.searchParams.set('companyId', String(user.companyId))
  url.searchParams.set('token', token)
  return url.href
}
