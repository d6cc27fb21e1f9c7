import type { User } from '../directory.ts'

/** The address with which Pipedrive opens an app's panel in an iframe: who is looking, said and signed. */
export function panelAddress(panelUrl: string, user: User, token: string): string {
  const url = new URL(panelUrl)
  url.searchParams.set('userId', String(user.id))
  url.searchParams.set('companyId', String(user.companyId))
  url.searchParams.set('token', token)
  return url.href
}
