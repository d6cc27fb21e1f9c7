import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { codeOf, makeFolderOf } from '../files/owner-only.ts'
import type { Output } from '../output.ts'
import { newSecret } from './new-secret.ts'
import { readSecrets } from './secrets-file.ts'

/**
 * Puts a new secret in front of those in a file, which is made if need be. Resolves to how many there are now.
 * The file is replaced as a whole. Its successor has one fixed name, so that of two processes at once one gives up:
 * otherwise the second would drop the secret that the first has added.
 * @throws {CliError} when the file holds something else, or somebody else is at it
 */
export function prependSecret(path: string, output: Output): number {
  makeFolderOf(path)
  const successor = `${path}.new`
  const file = openSuccessor(successor)
  try {
    const secrets = [newSecret(), ...(readSecrets(path, output) ?? [])]
    try {
      writeSync(file, `${secrets.join('\n')}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(successor, path)
    return secrets.length
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
      `${path} is there: another pd-oauth is adding a secret just now, or was killed while it did. ` +
        'If none is running, remove that file and try again.',
    )
  }
}
