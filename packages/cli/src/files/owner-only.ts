import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'

/** Creates the folder of a file, for its owner only. A folder that exists is not changed. */
export function makeFolderOf(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
}

/** Replaces a file as a whole or not at all, so that nobody reads half of it. Its mode is 0600. */
export function replaceFile(path: string, content: string): void {
  const temporary = writeTemporary(path, content)
  try {
    renameSync(temporary, behindLinks(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/**
 * Creates a file as a whole, with mode 0600, if it does not exist. Of several processes at the same time, one creates it.
 * Returns whether this process did.
 */
export function createFile(path: string, content: string): boolean {
  const temporary = writeTemporary(path, content)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Returns a sentence with a fix if another user owns a file or has access to it, else undefined. */
export function permissionProblem(path: string): string | undefined {
  // Windows has no such modes.
  if (process.platform === 'win32') return undefined
  const { mode, uid } = statSync(path)
  // Root has access to every file, so its files are trusted.
  if (uid !== process.getuid?.() && uid !== 0)
    return `${path} holds secrets, and belongs to another user of this machine (uid ${uid}). Use a copy that belongs to you.`
  if ((mode & 0o077) === 0) return undefined
  return `${path} holds secrets, and other users of this machine have access to it (mode ${octal(mode & 0o777)}). Run: chmod 600 ${quoted(path)}`
}

/**
 * Refuses a file with secrets that another user owns or has access to.
 * @param otherwise what else the user can do, as a sentence
 * @throws {CliError}
 */
export function requirePrivate(path: string, otherwise: string): void {
  const problem = permissionProblem(path)
  if (problem !== undefined) throw new CliError(ExitCode.configuration, `${problem}\n${otherwise}`)
}

/** Returns the code of a system error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** Returns the file behind a path, so that writing it keeps a symbolic link. */
export function behindLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

function writeTemporary(path: string, content: string): string {
  makeFolderOf(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  return temporary
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function quoted(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
