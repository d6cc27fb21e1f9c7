import { isInstallationId, type InstallationId } from '../../machine/account.ts'
import type { ExpectedAccount } from '../../machine/consent/state.ts'

/** Which account may connect: an installation id, one user of a company, or any user of a company. */
export type Expectation =
  | InstallationId
  | { readonly companyId: number; readonly userId?: number | undefined }

/** Returns the account that an expectation names. Undefined: any. */
export function expectedAccount(expect: Expectation | undefined): ExpectedAccount | undefined | 'malformed' {
  if (expect === undefined) return undefined
  if (typeof expect === 'string') {
    if (!isInstallationId(expect)) return 'malformed'
    const [companyId = 0, userId = 0] = expect.split(':').map(Number)
    return { companyId, userId }
  }
  const { companyId, userId } = expect ?? {}
  if (!isInstallationId(`${companyId}:${userId ?? 1}`)) return 'malformed'
  return userId === undefined ? { companyId } : { companyId, userId }
}
