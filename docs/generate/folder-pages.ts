import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { siteLinks } from './site-links.ts'

/**
 * Writes the Markdown of each folder's first page twice into the built site: as `start/index.md`, where links lead, and as
 * `start.md`, its address in llms.txt. The plugin writes the second alone, with links that hold only for the first. `source`:
 * what was built.
 */
export function writeFolderPages(built: string, source: string): void {
  const documents = globSync('**/*.md', { cwd: source }).map((path) => path.replaceAll('\\', '/'))
  const pages = new Map(documents.map((path) => [path, path.replace(/(?<=.)\/index\.md$/, '.md')]))
  for (const [document, page] of pages) {
    if (document === page) continue
    const text = readFileSync(join(built, page), 'utf8')
    const moved = siteLinks(text, document, { pages, repository: '', exists: (path) => pages.has(path) })
    mkdirSync(join(built, posix.dirname(document)), { recursive: true })
    writeFileSync(join(built, document), text)
    writeFileSync(join(built, page), moved)
  }
}
