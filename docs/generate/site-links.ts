import { posix } from 'node:path'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { visit } from 'unist-util-visit'

/** What a link may lead to. */
export interface Places {
  /** The path of each page on the site, by the path of its document in the repository. */
  readonly pages: ReadonlyMap<string, string>
  /** The address of the repository. Empty if it is not known yet. */
  readonly repository: string
  /** Returns whether the repository has a file or folder of this path. */
  readonly exists: (path: string) => boolean
}

/**
 * Returns a document of the repository with the links that it needs as a page of the site: to other pages, else into the
 * repository. While the address of the repository is unknown, such a link becomes plain text. A link that leads nowhere stays,
 * so that VitePress finds it.
 */
export function siteLinks(text: string, document: string, { pages, repository, exists }: Places): string {
  const page = pages.get(document) ?? document
  let result = text
  for (const { url, start, end, words } of relativeLinks(text).toReversed()) {
    const [path = '', hash] = url.split('#')
    const target = posix.join(posix.dirname(document), path)
    if (!exists(target)) continue
    const anchor = hash === undefined ? '' : `#${hash}`
    const source = result.slice(start, end)
    const replace = (address: string) =>
      source.slice(0, source.lastIndexOf(url)) + address + source.slice(source.lastIndexOf(url) + url.length)
    const linked = pages.get(target)
    const replaced =
      linked !== undefined
        ? replace(`${posix.relative(posix.dirname(page), linked).replace(/^(?!\.)/, './')}${anchor}`)
        : target.startsWith('docs/public/')
          ? replace(target.slice('docs/public'.length))
          : repository === ''
            ? words
            : replace(`${repository}/blob/main/${target}${anchor}`)
    result = result.slice(0, start) + replaced + result.slice(end)
  }
  return result
}

interface Link {
  readonly url: string
  readonly start: number
  readonly end: number
  /** The source of what is between the brackets. */
  readonly words: string
}

/** Returns the links of a document to other files, in their order. */
export function relativeLinks(text: string): Link[] {
  const links: Link[] = []
  visit(fromMarkdown(text), (node) => {
    if (node.type !== 'link' && node.type !== 'image') return
    const isRelative = !/^([a-z][a-z\d+.-]*:|#|\/)/i.test(node.url)
    const start = node.position?.start.offset
    const end = node.position?.end.offset
    if (!isRelative || start === undefined || end === undefined) return
    const words =
      node.type === 'image'
        ? (node.alt ?? '')
        : text.slice(node.children[0]?.position?.start.offset, node.children.at(-1)?.position?.end.offset)
    links.push({ url: node.url, start, end, words })
  })
  return links
}
