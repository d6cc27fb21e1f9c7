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

/** Makes the folder of a file, if need be, for its owner only. One that is there stays as it is. */
export function makeFolderOf(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
}

/** Puts a file in place as a whole, or not at all: nobody ever reads half of it. Mode 0600. */
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
 * As `replaceFile`, but only where no file is yet. Of several processes at once, one makes it.
 * Resolves to whether it was this one.
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

/** What others than its owner may do with a file, and the command that ends it; undefined when they may nothing. */
export function permissionProblem(path: string): string | undefined {
  // Windows has no such modes.
  if (process.platform === 'win32') return undefined
  const mode = statSync(path).mode & 0o777
  if ((mode & 0o077) === 0) return undefined
  return `${path} holds secrets, and others on this machine can get at it (mode ${octal(mode)}). Run: chmod 600 ${quoted(path)}`
}

/** The system's word for what went wrong, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** Where a path leads: a link stays a link. */
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
