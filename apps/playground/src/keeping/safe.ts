import { memoryStore, type PipedriveOAuth, type TokenStore } from '@pd/oauth-core'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { UsageError } from '../usage-error.ts'
import type { DataFolder } from './data-folder.ts'
import { newSecret, sealingSecret, secretFile } from './sealing-secret.ts'

/** Where installations are kept, and the secrets they are sealed with. */
export interface Safe {
  readonly store: TokenStore
  readonly secrets: readonly string[]
  /** What to say when the secrets do not open what is in the store. */
  readonly lockedOut: string
  close(): void
}

/** One that is gone with the process. */
export function memorySafe(secrets: readonly string[] = [newSecret()]): Safe {
  return { store: memoryStore(), secrets, lockedOut: 'The secrets are others than before.', close: () => {} }
}

/**
 * SQLite in a file of the data folder: what is in it is there after a restart, however the process ended.
 * `secrets`: instead of the one in the folder.
 * @throws {UsageError} when the file is not such a database
 */
export async function openSafe(
  folder: DataFolder,
  name: string,
  secrets: readonly string[] | undefined,
): Promise<Safe> {
  const path = folder.file(name)
  const { store, close } = await openSqlite(path)
  return {
    store,
    close,
    secrets: secrets ?? [sealingSecret(folder)],
    lockedOut:
      (secrets === undefined
        ? `The secret in ${folder.file(secretFile)} is not the one with which installations in ${path} are sealed. ` +
          'Give that one as PD_SECRETS, '
        : `PD_SECRETS does not hold the secret with which installations in ${path} are sealed. ` +
          `Add it behind the current one (or leave PD_SECRETS out, if it is the one in ${folder.file(secretFile)}), `) +
      `or delete ${folder.path} to begin anew.`,
  }
}

async function openSqlite(path: string): Promise<Pick<Safe, 'store' | 'close'>> {
  try {
    const driver = nodeSqliteDriver(path)
    const store = sqlStore(driver)
    await store.createTable()
    return { store, close: () => driver.close() }
  } catch (error) {
    throw new UsageError(
      `${path} cannot be used: ${(error as Error).message}\nPut it right, or delete it to begin anew.`,
      { cause: error },
    )
  }
}

/**
 * Looks whether the secrets open what is in the store, before anybody is told that he is not connected.
 * @throws {UsageError} when one record is sealed with another secret
 */
export async function tryKey({ lockedOut }: Safe, oauth: PipedriveOAuth): Promise<void> {
  for await (const installation of oauth.installations())
    if (installation.status === 'unreadable' && installation.error.code === 'unknown_key')
      throw new UsageError(lockedOut, { cause: installation.error })
}
