import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../docs/start', import.meta.url))

/** The names of the pages in `docs/start`, such as `express`. */
export const pages: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => name.slice(0, -'.md'.length))

export function pathOf(page: string): string {
  return join(folder, `${page}.md`)
}

export function readPage(page: string): string {
  return readFileSync(pathOf(page), 'utf8')
}
