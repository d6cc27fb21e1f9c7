import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own, of half a megabyte. */
export interface SmallDisk extends Disposable {
  readonly folder: string
}

/** Returns undefined if this machine does not let this process mount anything, as root or through sudo without a password. */
export function mountSmallDisk(): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-disk-'))
  const asRoot = (...command: string[]) => {
    const [name = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command]
    execFileSync(name, args, { stdio: 'ignore' })
  }
  try {
    asRoot('mount', '-t', 'tmpfs', '-o', `size=512k,mode=777`, 'tmpfs', folder)
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  return {
    folder,
    [Symbol.dispose]: () => {
      asRoot('umount', folder)
      rmSync(folder, { recursive: true })
    },
  }
}
