import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { UsageError } from '../usage-error.ts'
import { cannotWrite, type DataFolder } from './data-folder.ts'

/** The name of the secret's file in the data folder. */
export const secretFile = 'secret'

/**
 * Returns the secret that seals records and cookies. Creates it at the first use, readable by its owner only.
 * @throws {UsageError} when the file cannot be read or created, or holds no usable secret
 */
export function sealingSecret(folder: DataFolder): string {
  const path = folder.file(secretFile)
  const secret = readOrMake(folder, path)
  if (secret.length >= 32) return secret
  throw new UsageError(
    `${path} must hold a secret of 32 characters or more. Restore the earlier secret, or delete the folder ` +
      'to start again.',
  )
}

function readOrMake(folder: DataFolder, path: string): string {
  try {
    writeFileSync(path, `${newSecret()}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(folder.path, error)
  }
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
