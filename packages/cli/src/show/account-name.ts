import type { Account } from '@pd/oauth-core'
import { printable } from './printable.ts'

export function userNameOf({ userName, email, userId }: Account): string {
  return printable(userName ?? email ?? `user ${userId}`)
}

export function companyNameOf({ companyName, companyDomain, companyId }: Account): string {
  return printable(companyName ?? companyDomain ?? `company ${companyId}`)
}
