import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { DefaultTheme } from 'vitepress'

interface Section {
  readonly text: string
  readonly folder: string
}

/** The folders to read, in their order, and those to look things up in. */
const reading: readonly Section[] = [
  { text: 'Start', folder: 'start' },
  { text: 'Guides', folder: 'guides' },
  { text: 'Recipes', folder: 'recipes' },
  { text: 'Coming from', folder: 'coming-from' },
  { text: 'How it works', folder: 'how-it-works' },
  { text: 'Security', folder: 'security' },
]
const lookingUp: readonly Section[] = [
  { text: 'Reference', folder: 'reference' },
  { text: 'Errors', folder: 'reference/errors' },
  { text: 'Packages', folder: 'packages' },
  { text: 'API', folder: 'reference/api' },
]

/**
 * Returns the sidebars: each folder with its pages. `index.md` is first, then pages by the number `order` in their
 * frontmatter, then the rest by title.
 */
export function sidebarsOf(site: string): DefaultTheme.SidebarMulti {
  const reference = itemsOf(site, lookingUp)
  const more = {
    text: 'More',
    items: [
      { text: 'Reference', link: '/reference/' },
      { text: 'Upgrading', link: '/upgrading' },
    ],
  }
  return { '/': [...itemsOf(site, reading), more], '/reference/': reference, '/packages/': reference }
}

function itemsOf(site: string, sections: readonly Section[]): DefaultTheme.SidebarItem[] {
  return sections
    .map(({ text, folder }) => ({ text, items: pagesIn(site, folder) }))
    .filter(({ items }) => items.length > 0)
}

interface PageLink {
  readonly text: string
  readonly link: string
}

/** Returns links to the first page of each folder that has one. */
export function topicsOf(site: string, topics: readonly Section[]): PageLink[] {
  return topics.flatMap(({ text, folder }) =>
    pagesIn(site, folder)
      .slice(0, 1)
      .map(({ link }) => ({ text, link })),
  )
}

function pagesIn(site: string, folder: string): PageLink[] {
  return globSync(`${folder}/*.md`, { cwd: site })
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
