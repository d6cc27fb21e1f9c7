import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { behindLinks, codeOf, makeFolderOf, replaceBy } from '../files/owner-only.ts'
import { newSecret } from './new-secret.ts'
import { readSecrets } from './secrets-file.ts'

/**
 * Adds a new secret as the first line of a file, and creates the file if it is missing. Returns how many secrets it now has.
 * @throws {CliError} when the file holds something else, or another process is changing it
 */
export function prependSecret(path: string): number {
  return changeSecrets(path, (secrets) => [newSecret(), ...secrets]).length
}

/**
 * Removes every secret but the newest from a file.
 * @throws {CliError} when the file holds something else, another process is changing it, or `newest` is no longer first
 */
export function keepNewestSecret(path: string, newest: string): void {
  changeSecrets(path, ([first]) => {
    if (first === newest) return [newest]
    throw new CliError(
      ExitCode.configuration,
      `Another process has added a secret to ${path}. Nothing was removed; run pd-oauth rotate-secrets again.`,
    )
  })
}

/**
 * Replaces the file as a whole. The new file has one fixed temporary name, so that of two processes at the same time one
 * gives up. Otherwise the second would drop the secret that the first has added.
 */
function changeSecrets(
  path: string,
  change: (secrets: readonly string[]) => readonly string[],
): readonly string[] {
  const target = behindLinks(path)
  const successor = `${target}.new`
  makeFolderOf(target)
  let secrets: readonly string[] = []
  try {
    replaceBy(successor, target, () => {
      secrets = change(readSecrets(path) ?? [])
      return `${secrets.join('\n')}\n`
    })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new CliError(
      ExitCode.configuration,
      `${successor} exists: another pd-oauth is changing the secrets, or was killed while it did. ` +
        'If none is running, delete that file and try again.',
    )
  }
  return secrets
}
