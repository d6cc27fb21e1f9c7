import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/**
 * Returns the path without symbolic links, also if the file that they lead to is missing. SQLite keeps `-wal` and `-shm` beside
 * that file.
 * @throws {Error} a system error such as EACCES or ELOOP
 */
export function realPathOf(path: string): string {
  // Not the other realpathSync, which resolves `..` by the text: behind a link to a folder it leads elsewhere.
  if (exists(path)) return realpathSync.native(path)
  if (!exists(dirname(path))) return path
  const folder = realpathSync.native(dirname(path))
  const place = join(folder, basename(path))
  if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return place
  const next = readlinkSync(place)
  return realPathOf(isAbsolute(next) ? next : `${folder}/${next}`)
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
