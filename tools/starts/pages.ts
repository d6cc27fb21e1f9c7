import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printedFiles } from '../printed-files.ts'

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

/** The labels of the tabs that a page has, in their order. */
export function tabsOf(page: string): string[] {
  const labels = printedFiles(readPage(page)).flatMap(({ label }) => label ?? [])
  return [...new Set(labels)]
}
