import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import type { ExpectedAccount } from '../../machine/consent/state.ts'
import { isPositiveWhole, type Rule } from '../runtime/check-options.ts'

/** Which account may connect: an installation id, one user of a company, or any user of a company. */
export type Expectation =
  | InstallationId
  | { readonly companyId: number; readonly userId?: number | undefined }

export const anExpectation: Rule = [isExpectation, 'an installation id, or { companyId, userId? }']

function isExpectation(value: unknown): boolean {
  if (typeof value === 'string') return isInstallationId(value)
  const { companyId, userId } = Object(value) as { readonly companyId?: unknown; readonly userId?: unknown }
  return isPositiveWhole(companyId) && (userId === undefined || isPositiveWhole(userId))
}

/** Returns the account that an expectation names. Undefined: any. */
export function expectedAccount(expect: Expectation | undefined): ExpectedAccount | undefined {
  if (expect === undefined) return undefined
  if (typeof expect === 'string') {
    const [companyId = 0, userId = 0] = expect.split(':').map(Number)
    return { companyId, userId }
  }
  const { companyId, userId } = expect
  return userId === undefined ? { companyId } : { companyId, userId }
}
