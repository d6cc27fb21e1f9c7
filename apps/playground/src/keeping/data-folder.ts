import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UsageError } from '../usage-error.ts'

/** The folder for data that outlives the process. One playground at a time has it. */
export interface DataFolder {
  readonly path: string
  file(name: string): string
  /** Releases the folder for another playground. The end of the process does so as well, even after a kill. */
  close(): void
}

/**
 * Takes the folder, and creates it for its owner only if it is missing.
 * @throws {UsageError} when the folder cannot be written, or another playground has it
 */
export function openDataFolder(path: string): DataFolder {
  const file = (name: string) => join(path, name)
  try {
    if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
    const lock = new DatabaseSync(file('lock'))
    // The lock lasts until the file is closed. The system closes it when the process is killed.
    lock.exec('BEGIN EXCLUSIVE')
    return { path, file, close: () => void (lock.isOpen && lock.close()) }
  } catch (error) {
    if (isLocked(error))
      throw new UsageError(
        `Another playground uses ${path}. End it, or give this one a folder of its own: ` +
          'PLAYGROUND_DATA=/a/folder pnpm demo',
        { cause: error },
      )
    throw cannotWrite(path, error)
  }
}

/** Returns the error for a folder that cannot be written. */
export function cannotWrite(path: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error)
  return new UsageError(
    `The playground keeps its installations in ${path}, but cannot write there: ${reason}\n` +
      'Make the folder writable, or choose another one: PLAYGROUND_DATA=/a/folder pnpm demo',
    { cause: error },
  )
}

/** Whether this is SQLITE_BUSY. */
function isLocked(error: unknown): boolean {
  return (Object(error) as { errcode?: number }).errcode === 5
}
