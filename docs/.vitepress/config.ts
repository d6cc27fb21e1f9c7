import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type UserConfig } from 'vitepress'
import llmstxt from 'vitepress-plugin-llms'
import { sidebarOf } from './sidebar.ts'

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
  head: [['link', { rel: 'icon', href: `${base}icon.svg`, type: 'image/svg+xml' }]],
  ...(owner.site !== '' && { sitemap: { hostname: `${owner.site}/` } }),
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: topics
      .filter(({ folder }) => existsSync(path(`../.site/${folder}/index.md`)))
      .map(({ text, folder }) => ({ text, link: `/${folder}/` })),
    sidebar: sidebarOf(path('../.site')),
    ...(owner.repository !== '' && { socialLinks: [{ icon: 'github', link: owner.repository }] }),
  },
  vite: {
    // Its types are those of another version of Vite.
    plugins: [
      llmstxt({
        excludeIndexPage: false,
        ...(owner.site !== '' && { domain: owner.site }),
      }) as unknown as PluginOption,
    ],
  },
})
