import { readFileSync } from 'node:fs'
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

export default defineConfig({
  title: 'Pipedrive OAuth',
  description: 'Keeps the Pipedrive OAuth tokens of your customers',
  base: owner.site === '' ? '/' : new URL(`${owner.site}/`).pathname,
  srcDir: path('../.site'),
  outDir: path('../dist'),
  cacheDir: path('../node_modules/.vitepress'),
  cleanUrls: true,
  lastUpdated: false,
  ...(owner.site !== '' && { sitemap: { hostname: `${owner.site}/` } }),
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start/' },
      { text: 'Guides', link: '/guides/' },
      { text: 'How it works', link: '/how-it-works/' },
      { text: 'Reference', link: '/reference/' },
    ],
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
