import type { Account } from '@pd/oauth-core'

/** Returns who an account is, for a sentence: `Ann of Example (1001:11)`. */
export function accountText(account: Account): string {
  const { companyId, companyName, companyDomain, email, userId, userName } = account
  const user = userName ?? email
  const company = companyName ?? companyDomain
  const names = [user, company].filter((name) => name !== undefined).map(isolated)
  return names.length === 0 ? `${companyId}:${userId}` : `${names.join(' of ')} (${companyId}:${userId})`
}

/** A name must not change the direction of the text around it, nor control a terminal. */
function isolated(name: string): string {
  return `\u2068${name.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')}\u2069`
}
