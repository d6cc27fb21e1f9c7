import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type MarkdownRenderer, type UserConfig } from 'vitepress'
import llmstxt from 'vitepress-plugin-llms'
import { writeFolderPages } from '../generate/folder-pages.ts'
import { sidebarsOf, topicsOf } from './sidebar.ts'

type PluginOption = NonNullable<NonNullable<UserConfig['vite']>['plugins']>[number]
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
/** Both are empty until the owner gives them. */
const owner = JSON.parse(readFileSync(path('../../owner.json'), 'utf8')) as {
  readonly repository: string
  readonly site: string
}

const base = owner.site === '' ? '/' : new URL(`${owner.site}/`).pathname
const topics = [
  { text: 'Start', folder: 'start' },
  { text: 'Guides', folder: 'guides' },
  { text: 'How it works', folder: 'how-it-works' },
  { text: 'Reference', folder: 'reference' },
]

export default defineConfig({
  title: 'Pipedrive OAuth',
  description: 'Keeps the Pipedrive OAuth tokens of your customers',
  base,
  srcDir: path('../.site'),
  outDir: path('../dist'),
  cacheDir: path('../node_modules/.vitepress'),
  cleanUrls: true,
  buildEnd: ({ outDir, srcDir }) => writeFolderPages(outDir, srcDir),
  // What a reader starts on his machine.
  ignoreDeadLinks: 'localhostLinks',
  markdown: { config: withFileNames },
  head: [['link', { rel: 'icon', href: `${base}icon.svg`, type: 'image/svg+xml' }]],
  ...(owner.site !== '' && { sitemap: { hostname: `${owner.site}/` } }),
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        // Every property of every type is a heading there, and would stand before the pages that explain it.
        miniSearch: {
          searchOptions: { boostDocument: (page: string) => (page.includes('/reference/api/') ? 0.2 : 1) },
        },
      },
    },
    outline: [2, 3],
    nav: topicsOf(path('../.site'), topics),
    sidebar: sidebarsOf(path('../.site')),
    ...(owner.repository !== '' && { socialLinks: [{ icon: 'github', link: owner.repository }] }),
  },
  vite: {
    // Its types are those of another version of Vite.
    plugins: [
      llmstxt({
        excludeIndexPage: false,
        // Two of the sidebars are the same, and `More` leads from the third to them.
        sidebar: (sidebars = {}) =>
          [...new Set(Object.values(sidebars).flat())].filter(({ text }) => text !== 'More'),
        ...(owner.site !== '' && { domain: owner.site }),
      }) as unknown as PluginOption,
    ],
  },
})

/** Shows the path behind the language of a block, such as in `ts src/main.ts`, above the block. Tabs have names of their own. */
function withFileNames(md: MarkdownRenderer): void {
  const { fence } = md.renderer.rules
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const block = fence?.(tokens, index, ...rest) ?? ''
    const [, name] = /^\w+ ([\w./-]+)$/.exec(tokens[index]?.info ?? '') ?? []
    return name === undefined ? block : `<p class="file-name"><code>${name}</code></p>${block}`
  }
}
