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
  /** The error message for secrets that do not open the records in the store. */
  readonly unreadableMessage: string
  close(): void
}

/** Returns a safe in memory, which ends with the process. */
export function memorySafe(secrets: readonly string[] = [newSecret()]): Safe {
  const unreadableMessage = 'The secrets do not open the records.'
  return { store: memoryStore(), secrets, unreadableMessage, close: () => {} }
}

/**
 * Opens a safe in a SQLite file of the data folder, which survives a kill of the process.
 * @param secrets replace the secret in the folder. Default: that secret.
 * @throws {UsageError} when the file is not a database
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
    unreadableMessage:
      (secrets === undefined
        ? `The installations in ${path} are sealed with another secret than the one in ${folder.file(secretFile)}. ` +
          'Set PD_OAUTH_SECRETS to that secret, '
        : `The installations in ${path} are sealed with a secret that PD_OAUTH_SECRETS does not hold. ` +
          `Add that secret at its end (or leave PD_OAUTH_SECRETS out to use the secret in ${folder.file(secretFile)}), `) +
      `or delete ${folder.path} to start again.`,
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
      `${path} cannot be used: ${(error as Error).message}\nRepair it, or delete it to start again.`,
      { cause: error },
    )
  }
}

/**
 * Checks that the secrets open every record, before any user sees an installation as missing.
 * @throws {UsageError} when a record is sealed with another secret
 */
export async function checkSecrets({ unreadableMessage }: Safe, oauth: PipedriveOAuth): Promise<void> {
  for await (const installation of oauth.installations())
    if (installation.status === 'unreadable' && installation.error.code === 'unknown_key')
      throw new UsageError(unreadableMessage, { cause: installation.error })
}
