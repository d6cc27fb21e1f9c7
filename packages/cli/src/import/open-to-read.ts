import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/**
 * Opens a SQLite file to read it. It is enough that the file can be read: if SQLite cannot create its files beside one in WAL mode,
 * and nobody else has, the file does not change.
 */
export function openToRead(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    // SQLite looks for its files at the first read.
    database.prepare('SELECT 1 FROM sqlite_master').get()
    return database
  } catch (error) {
    database.close()
    if (!mayNotCreate(error) || existsSync(`${path}-wal`)) throw error
    const url = pathToFileURL(path)
    url.search = 'immutable=1'
    return new DatabaseSync(url, { readOnly: true })
  }
}

function mayNotCreate(error: unknown): boolean {
  const { errcode = 0 } = Object(error) as { errcode?: number }
  return errcode === readonlyDirectory || (errcode & 0xff) === cannotOpen
}

const readonlyDirectory = 1544
const cannotOpen = 14
