import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { PrintedFile } from '../printed-files.ts'

/** The label of each store's tab, and the file with its code. On Node; `D1` and `Upstash` are of Workers. */
export const stores = {
  SQLite: 'sqlite',
  memory: 'memory',
  'Redis: ioredis': 'ioredis',
  'Redis: node-redis': 'node-redis',
  'Redis: Upstash': 'upstash',
  PostgreSQL: 'postgresql',
  MySQL: 'mysql',
  D1: 'd1',
  Upstash: 'upstash-workers',
} as const

export type Store = keyof typeof stores

/**
 * Returns what a file must contain that several pages print, or undefined for a file of one page alone.
 * @throws {Error} for a store without a snippet
 */
export function snippetOf({ path, label }: Pick<PrintedFile, 'path' | 'label'>): string | undefined {
  if (path === 'oauth.ts') return read('oauth.ts')
  if (label === undefined || basename(path) !== 'store.ts') return undefined
  if (!(label in stores)) throw new Error(`tools/starts/snippets has no store ${label}`)
  return read(`stores/${stores[label as Store]}.ts`)
}

function read(name: string): string {
  return readFileSync(new URL(`snippets/${name}`, import.meta.url), 'utf8')
}
