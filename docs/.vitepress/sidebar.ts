import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { DefaultTheme } from 'vitepress'

/** The folders of the site, in the order in which they are read. A folder without pages is left out. */
const sections = [
  { text: 'Start', folder: 'start' },
  { text: 'Guides', folder: 'guides' },
  { text: 'Coming from', folder: 'coming-from' },
  { text: 'How it works', folder: 'how-it-works' },
  { text: 'Recipes', folder: 'recipes', collapsed: true },
  { text: 'Reference', folder: 'reference' },
  { text: 'Errors', folder: 'reference/errors', collapsed: true },
  { text: 'API', folder: 'reference/api', collapsed: true },
  { text: 'Packages', folder: 'packages', collapsed: true },
  { text: 'Security', folder: 'security', collapsed: true },
] as const

/**
 * Returns the sidebar: each folder with its pages. `index.md` is first, then pages by the number `order` in their
 * frontmatter, then the rest by title.
 */
export function sidebarOf(site: string): DefaultTheme.SidebarItem[] {
  const folders = sections.flatMap(({ folder, ...section }) => {
    const items = pagesIn(site, folder)
    return items.length === 0 ? [] : [Object.assign({ items }, section)]
  })
  return [...folders, { text: 'Upgrading', link: '/upgrading' }]
}

function pagesIn(site: string, folder: string): DefaultTheme.SidebarItem[] {
  return globSync(folder === 'reference/api' ? `${folder}/**/*.md` : `${folder}/*.md`, { cwd: site })
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(`${site}/${path}`, 'utf8') }))
    .map(({ path, text }) => ({
      text: titleOf(text, path),
      link: `/${path.replace(/(index)?\.md$/, '')}`,
      order: path === `${folder}/index.md` ? -1 : Number(/^order: (\d+)$/m.exec(text)?.[1] ?? Infinity),
    }))
    .toSorted((one, other) => one.order - other.order || one.text.localeCompare(other.text))
    .map(({ text, link }) => ({ text, link }))
}

function titleOf(text: string, path: string): string {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? posix.basename(path, '.md')
  return title.replaceAll(/[`\\]/g, '')
}
