import type { Owner } from './owner.ts'

/** The manifest of a package as it is published: with the addresses of the owner. `folder` is its path in the repository. */
export function publishedManifest<Manifest extends object>(manifest: Manifest, folder: string, owner: Owner) {
  return {
    ...manifest,
    homepage: owner.site,
    repository: { type: 'git', url: `git+${owner.repository}.git`, directory: folder },
    bugs: `${owner.repository}/issues`,
  }
}
