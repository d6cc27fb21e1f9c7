import type { Backend } from './backend.ts'
import { installationIdOf } from './directory.ts'
import type { InstallationInput } from './installation.ts'

/**
 * Restores an installation of another fake.
 * @throws {Error} when its user is unknown, or has an installation already
 */
export function restoreInstallation({ directory, grants }: Backend, input: InstallationInput): void {
  const user = directory.user(installationIdOf(input.user))
  if (grants.installed(user))
    throw new Error(`Fake Pipedrive has two installations of ${installationIdOf(user)}`)
  const { scopes, refreshToken, installedAt, refreshedAt, refreshTokenExpiresAt } = input
  const tokens = input.accessTokens.map((token, index) => ({
    token,
    expiresAt: input.accessTokensExpireAt[index] ?? 0,
  }))
  grants.restore({ user, scopes, refreshToken, installedAt, refreshedAt, refreshTokenExpiresAt }, tokens)
}
