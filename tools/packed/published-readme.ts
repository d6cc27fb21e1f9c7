import { posix } from 'node:path'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { visit } from 'unist-util-visit'
import type { Owner } from './owner.ts'

/**
 * A README as it is published: npm shows it without the repository around it, so its relative links become addresses in
 * the repository. `folder` is the package's path in the repository.
 */
export function publishedReadme(text: string, folder: string, owner: Owner): string {
  const links = linksOf(text)
    .filter(({ url }) => isRelative(url))
    .toSorted((left, right) => right.start - left.start)
  let published = text
  for (const { url, start, end, kind } of links) {
    const source = published.slice(start, end)
    const at = source.lastIndexOf(url)
    const target = `${owner.repository}/${kind}/main/${posix.join(folder, url)}`
    published = published.slice(0, start + at) + target + published.slice(start + at + url.length)
  }
  return published
}

/** The links of a text that lead nowhere once it stands alone. */
export function relativeLinks(text: string): string[] {
  return linksOf(text)
    .map(({ url }) => url)
    .filter(isRelative)
}

interface Link {
  readonly url: string
  readonly start: number
  readonly end: number
  /** How the repository's host shows a file, and how it serves one. */
  readonly kind: 'blob' | 'raw'
}

function linksOf(text: string): Link[] {
  const links: Link[] = []
  visit(fromMarkdown(text), (node) => {
    if (node.type !== 'link' && node.type !== 'image' && node.type !== 'definition') return
    const { start, end } = node.position!
    const kind = node.type === 'image' ? 'raw' : 'blob'
    links.push({ url: node.url, start: start.offset!, end: end.offset!, kind })
  })
  return links
}

function isRelative(url: string): boolean {
  return !url.startsWith('#') && !/^[a-z][a-z\d+.-]*:/i.test(url)
}
