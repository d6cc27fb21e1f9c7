import { InvalidArgumentError } from '@commander-js/extra-typings'
import { isInstallationId, type InstallationId } from '@pd/oauth-core'

/** Parses an installation id from the command line. */
export function installationArgument(value: string): InstallationId {
  if (isInstallationId(value)) return value
  throw new InvalidArgumentError('It must be a company id and a user id, such as 123:456.')
}
