/** The user and the company an installation belongs to. The two ids together are its only key. */
export interface Account {
  readonly companyId: number
  readonly userId: number
  readonly companyName?: string
  /** The company's subdomain, for example `acme`. */
  readonly companyDomain?: string
  readonly userName?: string
  readonly email?: string
  /** Whether the user is an admin of the company, where Pipedrive says so. */
  readonly isAdmin?: boolean
}

/** `${companyId}:${userId}`: one user in one company is one installation. */
export type InstallationId = `${number}:${number}`

export function installationIdOf(account: Pick<Account, 'companyId' | 'userId'>): InstallationId {
  return `${account.companyId}:${account.userId}`
}

/** Returns whether a value is an installation id: two positive whole numbers, as Pipedrive gives them, joined by a colon. */
export function isInstallationId(value: unknown): value is InstallationId {
  if (typeof value !== 'string' || !/^[1-9]\d{0,15}:[1-9]\d{0,15}$/.test(value)) return false
  // Every number of up to 15 digits is a safe one. The guard asks this in each request.
  return value.length <= 17 || value.split(':').every((part) => Number.isSafeInteger(Number(part)))
}
