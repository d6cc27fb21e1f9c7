import { execFileSync } from 'node:child_process'

/**
 * Returns the ids of a user without rights, if this process is root: the one that Debian's package creates, or else `nobody`.
 * Undefined: this process has no rights to give up.
 */
export function unprivilegedUser(preferred: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of [preferred, 'nobody'])
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // This user does not exist.
    }
  throw new Error(
    `This server does not run as root, and neither the user ${preferred} nor the user nobody exists`,
  )
}
