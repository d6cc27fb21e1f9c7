import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError, StoreError } from '@pd/oauth-core'
import { realPathOf } from './real-path.ts'
import { DatabaseSync } from './sqlite-module.ts'
import { rightsText } from './sqlite-rights.ts'

/**
 * Returns the real path of a file, which need not exist.
 * @throws {ConfigurationError} `invalid_configuration`, if the path cannot be followed
 */
export function filePathOf(path: string): string {
  try {
    return realPathOf(path)
  } catch (error) {
    throw notOpened(path, error)
  }
}

/**
 * Opens a file by its real path, and creates it first if it is missing.
 * @throws {ConfigurationError} `invalid_configuration`, if that is not possible
 */
export function openFile(path: string): DatabaseSync {
  try {
    refuseLeftWal(path)
    createFile(path)
    return new DatabaseSync(path)
  } catch (error) {
    throw error instanceof ConfigurationError ? error : notOpened(path, error)
  }
}

function notOpened(path: string, error: unknown): ConfigurationError {
  return new ConfigurationError([
    `nodeSqliteDriver(): ${path} cannot be opened: ${messageOf(error)}. ${rightsText(path)}`,
  ])
}

/** SQLite would delete the changes that a file has left behind, as soon as a new file is in its place. */
function refuseLeftWal(path: string): void {
  const sizeOf = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0
  if (sizeOf(path) > 0 || sizeOf(`${path}-wal`) === 0) return
  throw new ConfigurationError([
    `nodeSqliteDriver(): ${path} is missing or empty, but ${path}-wal is still there, with its last changes. Put the file ` +
      'back beside it, or move that file away to begin anew',
  ])
}

/**
 * Creates the file if it is missing, readable by its owner only. SQLite gives its other files the same mode. An existing
 * file is not opened, because closing it would drop the locks of other connections in this process.
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    throw new ConfigurationError([
      code === 'ENOENT'
        ? `nodeSqliteDriver(): the folder ${dirname(path)} does not exist; create it first`
        : `nodeSqliteDriver(): ${path} cannot be created: ${messageOf(error)}. ${rightsText(path)}`,
    ])
  }
}

/**
 * Returns whether SQLite could not open a file in WAL mode because it may not create the two files beside it, and nobody
 * else has: in a folder or file system that can only be read, with no process that writes.
 */
export function isFrozen(path: string, error: unknown): boolean {
  const { errcode = 0 } = Object(error) as { errcode?: number }
  const mayNotCreate = errcode === readonlyDirectory || (errcode & 0xff) === cannotOpen
  return mayNotCreate && existsSync(path) && !existsSync(`${path}-wal`)
}

/**
 * Returns what to throw if SQLite could not read a file because the last process that wrote to it was killed, and this one
 * may not tidy up.
 */
export function leftWalError(path: string, error: unknown): unknown {
  const { errcode = 0 } = Object(error) as { errcode?: number }
  if ((errcode & 0xff) !== cannotOpen || !existsSync(`${path}-wal`)) return error
  return new StoreError(
    'store_unavailable',
    `The SQLite file ${path} cannot be read: its last changes are in ${path}-wal, which a process that was killed has left, or ` +
      'which belongs to another user. Open it once in a process that may write to the file and to its folder, or give all of ' +
      `them to one user. ${rightsText(path)}`,
    { cause: error },
  )
}

const readonlyDirectory = 1544
const cannotOpen = 14

/**
 * Opens a frozen file for one read. SQLite takes no locks and expects that nobody writes, so the connection must not be
 * kept.
 */
export function openFrozen(path: string): DatabaseSync {
  const url = pathToFileURL(path)
  url.search = 'immutable=1'
  return new DatabaseSync(url, { readOnly: true })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
