import { statSync } from 'node:fs'
import { StoreError } from '@pd/oauth-core'

/**
 * Returns a check that throws once this absolute path no longer leads to the file of now: what is written to a file that was moved
 * is lost for every process that starts later. SQLite itself checks this, but not in WAL mode.
 */
export function movedCheck(path: string): () => void {
  const identity = () => statSync(path, { bigint: true, throwIfNoEntry: false })
  const opened = identity()
  return () => {
    const now = identity()
    if (now !== undefined && now.ino === opened?.ino && now.dev === opened.dev) return
    throw new StoreError(
      'store_unavailable',
      `The SQLite file ${path} was moved, deleted or replaced while this process had it open. ` +
        'Put it back, or restart the process.',
    )
  }
}
