import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UsageError } from '../usage-error.ts'

/** The folder for what outlives the process. It belongs to one playground at a time. */
export interface DataFolder {
  readonly path: string
  file(name: string): string
  /** Lets another playground have it. So does the end of the process, whatever ends it. */
  close(): void
}

/**
 * Makes the folder where it is missing, for its owner only, and takes it.
 * @throws {UsageError} when it cannot be written, or another playground has it
 */
export function openDataFolder(path: string): DataFolder {
  const file = (name: string) => join(path, name)
  try {
    if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
    const lock = new DatabaseSync(file('lock'))
    // Held until the file is closed: the system does that for a process that was killed, too.
    lock.exec('BEGIN EXCLUSIVE')
    return { path, file, close: () => void (lock.isOpen && lock.close()) }
  } catch (error) {
    if (isLocked(error))
      throw new UsageError(
        `Another playground is running on ${path}. End it, or give this one a folder of its own: ` +
          'PLAYGROUND_DATA=/a/folder pnpm demo',
        { cause: error },
      )
    throw cannotWrite(path, error)
  }
}

/** What to say when nothing can be kept there. */
export function cannotWrite(path: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error)
  return new UsageError(
    `The playground keeps its installations in ${path}, and cannot write there: ${reason}\n` +
      'Make the folder writable, or choose another one: PLAYGROUND_DATA=/a/folder pnpm demo',
    { cause: error },
  )
}

/** SQLITE_BUSY. */
function isLocked(error: unknown): boolean {
  return (Object(error) as { errcode?: number }).errcode === 5
}
