import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { InstallationId } from '@pd/oauth-core'
import { isInstallationId } from '@pd/oauth-core/adapter'

/** Parses an installation id from the command line. */
export function installationArgument(value: string): InstallationId {
  if (isInstallationId(value)) return value
  throw new InvalidArgumentError('It must be a company id and a user id, such as 123:456.')
}
