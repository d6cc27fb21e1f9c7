import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { realPathOf } from './real-path.ts'

/**
 * Returns the error of SQLite. If it could not open or write a file, returns one that also says whose the file is, its folder, and
 * the two files beside it.
 */
export function withRights(path: string | undefined, error: unknown): unknown {
  const { errcode = 0, code } = Object(error) as { errcode?: number; code?: unknown }
  const isOfRights =
    [readOnly, cannotOpen].includes(errcode & 0xff) || /^SQLITE_(READONLY|CANTOPEN)/.test(String(code))
  if (path === undefined || !isOfRights || !(error instanceof Error)) return error
  return Object.assign(new Error(`${error.message}. ${rightsText(path)}`, { cause: error.cause }), {
    errcode: errcode || undefined,
    code,
    stack: error.stack,
  })
}

const readOnly = 8
const cannotOpen = 14

/** Returns who owns a SQLite file and what is beside it, and the user of this process. Empty on Windows, which has no such rights. */
export function rightsText(path: string): string {
  const user = process.geteuid?.()
  if (user === undefined) return ''
  const file = reachable(path)
  const places = [
    [basename(file), file],
    ['its folder', dirname(file)],
    ['-wal', `${file}-wal`],
    ['-shm', `${file}-shm`],
  ] as const
  const facts = places.map(([name, place]) => `${name}: ${rightsOf(place)}`)
  return `Rights: ${facts.join('; ')}; this process: user ${user}`
}

/** Returns the real path, or this one if it cannot be followed. */
function reachable(path: string): string {
  try {
    return realPathOf(path)
  } catch {
    return path
  }
}

function rightsOf(path: string): string {
  try {
    const { uid, mode } = statSync(path)
    return `user ${uid}, mode ${(mode & 0o777).toString(8).padStart(3, '0')}`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'cannot be read'
  }
}
