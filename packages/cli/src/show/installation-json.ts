import type { ListedInstallation } from '@pd/oauth-core'

/** Returns a description for JSON, with dates as ISO 8601 text. */
export function installationJson(installation: ListedInstallation): object {
  if (installation.status === 'unreadable') {
    const { id, status, error } = installation
    return { id, status, error: { code: error.code, message: error.message } }
  }
  const { cooldown, disconnected, ...rest } = installation
  const entries = Object.entries({
    ...rest,
    ...(cooldown && { cooldownUntilAt: cooldown.until }),
    ...(disconnected && { disconnectedAt: disconnected.since, disconnectedBecause: disconnected.reason }),
  })
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const isInstant = name.endsWith('At') && typeof value === 'number'
      return isInstant ? [name, new Date(value).toISOString()] : [name, value]
    }),
  )
}
