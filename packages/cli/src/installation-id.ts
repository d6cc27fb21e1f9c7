import type { InstallationId } from '@pd/oauth-core'

/** Whether a value is the id of an installation: company and user, as `123:456`. */
export function isInstallationId(value: unknown): value is InstallationId {
  return typeof value === 'string' && /^[1-9]\d{0,15}:[1-9]\d{0,15}$/.test(value)
}
