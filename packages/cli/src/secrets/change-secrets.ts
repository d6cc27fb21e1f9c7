import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { behindLinks, codeOf, makeFolderOf } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { newSecret } from './new-secret.ts'
import { readSecrets } from './secrets-file.ts'

/**
 * Puts a new secret in front of those in a file, which is made if need be. Gives how many there are now.
 * @throws {CliError} when the file holds something else, or somebody else is at it
 */
export function prependSecret(path: string, output: Output): number {
  return changeSecrets(path, output, (secrets) => [newSecret(), ...secrets]).length
}

/**
 * Leaves only the newest secret in a file.
 * @throws {CliError} when the file holds something else, somebody else is at it, or another secret has become the newest
 */
export function keepNewestSecret(path: string, newest: string, output: Output): void {
  changeSecrets(path, output, ([first]) => {
    if (first === newest) return [newest]
    throw new CliError(
      ExitCode.configuration,
      `${path} has been given another secret meanwhile. Nothing was removed; run pd-oauth rotate-secrets again.`,
    )
  })
}

/**
 * The file is replaced as a whole. Its successor has one fixed name, so that of two processes at once one gives up:
 * otherwise the second would drop what the first has added.
 */
function changeSecrets(
  path: string,
  output: Output,
  change: (secrets: readonly string[]) => readonly string[],
): readonly string[] {
  makeFolderOf(path)
  const successor = `${path}.new`
  const file = openSuccessor(successor)
  try {
    let secrets: readonly string[]
    try {
      secrets = change(readSecrets(path, output) ?? [])
      writeSync(file, `${secrets.join('\n')}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(successor, behindLinks(path))
    return secrets
  } catch (error) {
    rmSync(successor, { force: true })
    throw error
  }
}

function openSuccessor(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new CliError(
      ExitCode.configuration,
      `${path} is there: another pd-oauth is changing the secrets just now, or was killed while it did. ` +
        'If none is running, remove that file and try again.',
    )
  }
}
