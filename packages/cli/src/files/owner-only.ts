import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { shellQuoted } from '../show/shell-quoted.ts'

/** Creates the folder of a file, for its owner only. A folder that exists is not changed. */
export function makeFolderOf(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
}

/** Replaces a file as a whole or not at all, so that nobody reads half of it. Its mode is 0600. */
export function replaceFile(path: string, content: string): void {
  const target = behindLinks(path)
  makeFolderOf(target)
  replaceBy(temporaryOf(target), target, () => content)
}

/**
 * Replaces a file by a new one beside it, whose content is asked for once that one exists.
 * @throws {Error} EEXIST, if `successor` exists
 */
export function replaceBy(successor: string, target: string, content: () => string): void {
  writeNewFile(successor, content)
  try {
    renameSync(successor, target)
  } catch (error) {
    rmSync(successor, { force: true })
    throw error
  }
}

/**
 * Creates a file as a whole, with mode 0600, if it does not exist. Of several processes at the same time, one creates it.
 * Returns whether this process did.
 */
export function createFile(path: string, content: string): boolean {
  const target = behindLinks(path)
  makeFolderOf(target)
  const temporary = temporaryOf(target)
  writeNewFile(temporary, () => content)
  try {
    linkSync(temporary, target)
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
  return `${path} holds secrets, and other users of this machine have access to it (mode ${octal(mode & 0o777)}). Run: chmod 600 ${shellQuoted(path)}`
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

/** Returns the file behind a path, which need not exist, so that writing it keeps a symbolic link. */
export function behindLinks(path: string, most = 40): string {
  // Not the other realpathSync, which resolves `..` by the text: behind a link to a folder it leads elsewhere.
  if (existsSync(path)) return realpathSync.native(path)
  const folder = dirname(path)
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (!isLink || most === 0) return folder === path ? path : join(behindLinks(folder, most), basename(path))
  const next = readlinkSync(path)
  return behindLinks(isAbsolute(next) ? next : `${folder}/${next}`, most - 1)
}

function temporaryOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`
}

function writeNewFile(path: string, content: () => string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, content())
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
