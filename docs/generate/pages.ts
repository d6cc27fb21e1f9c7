import { globSync } from 'node:fs'
import { posix } from 'node:path'
import { publishedPackages } from './published-packages.ts'
import { root } from './folders.ts'

/** Documents of the repository that are pages of the site, and what is written for the repository alone. */
const elsewhere: Readonly<Record<string, string>> = { 'SECURITY.md': 'security/threat-model.md' }
const isForContributors = (path: string) => /^(decisions|node_modules|dist|\.)/.test(path)

/** Returns the path of each page on the site, by the path of its document in the repository. */
export function pagesByDocument(): ReadonlyMap<string, string> {
  const own = globSync('**/*.md', { cwd: `${root}/docs`, exclude: isForContributors })
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
    .map((path) => [`docs/${path}`, path] as const)
  const readmes = publishedPackages().map(
    ({ folder }) => [`${folder}/README.md`, `packages/${posix.basename(folder)}.md`] as const,
  )
  return new Map([...own, ...readmes, ...Object.entries(elsewhere)])
}
