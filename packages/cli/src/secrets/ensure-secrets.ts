import { CliError } from '../cli-error.ts'
import type { SecretsFile } from '../config/settings.ts'
import { ExitCode } from '../exit-code.ts'
import { createFile } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { newSecret } from './new-secret.ts'
import { readSecrets } from './secrets-file.ts'

/**
 * Returns the sealing secrets of a file, newest first. If the default file is missing, it is created with a new secret;
 * processes that do so at the same time all get the same secret.
 * @throws {CliError} when the file cannot be used, or a file that the user named does not exist
 */
export function ensureSecrets({ path, isCreated }: SecretsFile, output: Output): string[] {
  const secrets = readSecrets(path)
  if (secrets !== undefined) return secrets
  if (!isCreated)
    throw new CliError(
      ExitCode.configuration,
      `The secrets file ${path} does not exist. To create it: pd-oauth secret --add --secrets-file ${path}`,
    )
  if (createFile(path, `${newSecret()}\n`))
    output.message(
      `Created a sealing secret in ${path}. Keep a copy: stored records cannot be read without it.`,
    )
  return ensureSecrets({ path, isCreated: false }, output)
}
