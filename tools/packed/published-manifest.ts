import type { Owner } from './owner.ts'

interface Manifested {
  readonly devDependencies?: object
  readonly scripts?: object
}

/**
 * The manifest of a package as it is published: with the addresses of the owner, and without what only the repository uses.
 * `folder` is its path in the repository.
 */
export function publishedManifest<Manifest extends Manifested>(
  manifest: Manifest,
  folder: string,
  owner: Owner,
) {
  const { devDependencies: _, scripts: __, ...published } = manifest
  return {
    ...published,
    homepage: owner.site,
    repository: { type: 'git', url: `git+${owner.repository}.git`, directory: folder },
    bugs: `${owner.repository}/issues`,
  }
}
