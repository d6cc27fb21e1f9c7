import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeApi } from './api.ts'
import { root, site, sources } from './folders.ts'
import { pagesByDocument } from './pages.ts'
import { siteLinks } from './site-links.ts'

/** Writes everything that VitePress reads. */
export async function writeSite(): Promise<void> {
  rmSync(site, { recursive: true, force: true })
  writePages()
  await writeApi()
}

/** Writes the documents of the repository as pages. */
export function writePages(): void {
  const pages = pagesByDocument()
  const { repository } = JSON.parse(readFileSync(join(root, 'owner.json'), 'utf8')) as { repository: string }
  for (const [document, page] of pages) {
    const text = readFileSync(join(root, document), 'utf8')
    mkdirSync(dirname(join(site, page)), { recursive: true })
    writeFileSync(join(site, page), siteLinks(text, document, { pages, repository }))
  }
  cpSync(join(sources, 'public'), join(site, 'public'), { recursive: true })
}
