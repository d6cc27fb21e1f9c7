import { join, posix } from 'node:path'
import { Application, Converter, type Context, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { root, site } from './folders.ts'
import { publishedPackages } from './published-packages.ts'

interface Entry {
  /** What a program imports, such as `@pd/oauth-core/adapter`. */
  readonly name: string
  /** The description of its package. */
  readonly description: string
  /** Its file in the repository. */
  readonly source: string
  /** The name of its page, such as `oauth-core-adapter`. */
  readonly page: string
}

/**
 * Writes a page for every entry of every published package, from its doc comments.
 * @throws {Error} if TypeDoc cannot read the packages
 */
export async function writeApi(): Promise<void> {
  const entries = apiEntries()
  const titleOf = (page: string) => entries.find((entry) => entry.page === page)?.name ?? page
  const options: Partial<TypeDocOptions & PluginOptions> = {
    entryPoints: entries.map(({ source }) => join(root, source)),
    tsconfig: join(root, 'docs/tsconfig.api.json'),
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    out: join(site, 'reference/api'),
    readme: 'none',
    router: 'module',
    pageTitleTemplates: { module: ({ rawName = '' }) => titleOf(rawName) },
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useHTMLAnchors: true,
    parametersFormat: 'table',
    typeDeclarationFormat: 'table',
    skipErrorChecking: true,
    logLevel: 'Warn',
  }
  const application = await Application.bootstrapWithPlugins(options)
  application.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const module of project.children ?? [])
      module.name = entries.find(({ source }) => pathOf(source) === module.name)?.page ?? module.name
  })
  const project = await application.convert()
  if (project === undefined) throw new Error('TypeDoc could not read the packages.')
  await application.generateOutputs(project)
}

function apiEntries(): Entry[] {
  return publishedPackages().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports ?? {}).map(([entry, file]) => {
      const name = posix.join(manifest.name, entry)
      const page = name.replace('@pd/', '').replaceAll('/', '-')
      return { name, page, description: manifest.description, source: posix.join(folder, file) }
    }),
  )
}

/** The name that TypeDoc gives an entry. */
function pathOf(source: string): string {
  return posix.relative('packages', source).replace(/(\/index)?\.ts$/, '')
}

/** Returns the list of entries, as a Markdown table. */
export function apiIndex(): string {
  const rows = apiEntries().map(
    ({ name, page, description }) => `| [\`${name}\`](${page}.md) | ${description} |`,
  )
  return ['| entry | of the package |', '| --- | --- |', ...rows].join('\n')
}
