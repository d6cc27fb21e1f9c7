import { CliError } from '../cli-error.ts'
import type { SecretsFile } from '../config/settings.ts'
import { ExitCode } from '../exit-code.ts'
import { createFile } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { newSecret } from './new-secret.ts'
import { readSecrets } from './secrets-file.ts'

/**
 * The sealing secrets of a file, newest first. In its usual place the file is made with a new secret when there is
 * none; of several processes that find none at once, all get the same.
 * @throws {CliError} when the file cannot be used, or one that was named is not there
 */
export function ensureSecrets({ path, isCreated }: SecretsFile, output: Output): string[] {
  const secrets = readSecrets(path, output)
  if (secrets !== undefined) return secrets
  if (!isCreated)
    throw new CliError(
      ExitCode.configuration,
      `The file of sealing secrets ${path} does not exist. To make it: pd-oauth secret --add --secrets-file ${path}`,
    )
  if (createFile(path, `${newSecret()}\n`))
    output.message(`Made a sealing secret in ${path}: keep a copy, what is stored opens with it only.`)
  return ensureSecrets({ path, isCreated: false }, output)
}
