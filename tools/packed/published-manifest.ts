import { entriesOf, type Entry } from './entries-of.ts'
import type { Owner } from './owner.ts'

interface Manifested {
  readonly devDependencies?: object
  readonly scripts?: object
  /** Sources, in the repository. */
  readonly exports?: Readonly<Record<string, unknown>>
}

/**
 * Returns the manifest of a package as it is published: its entries are what was built, it has the addresses of the owner,
 * and it lacks what only the repository uses. `folder` is its path in the repository.
 */
export function publishedManifest<Manifest extends Manifested>(
  manifest: Manifest,
  folder: string,
  owner: Owner,
) {
  const { devDependencies: _, scripts: __, ...published } = manifest
  return {
    ...published,
    ...(manifest.exports !== undefined && builtEntries(entriesOf(manifest))),
    homepage: owner.site,
    repository: { type: 'git', url: `git+${owner.repository}.git`, directory: folder },
    bugs: `${owner.repository}/issues`,
  }
}

function builtEntries(entries: readonly Entry[]) {
  return {
    exports: Object.fromEntries(
      entries.map(({ name, built }) => [
        name,
        { import: files('dist', built), require: files('dist/cjs', built) },
      ]),
    ),
    // For TypeScript with `moduleResolution: node10`, which does not read `exports`.
    main: './dist/cjs/index.js',
    types: './dist/cjs/index.d.ts',
    typesVersions: {
      '*': Object.fromEntries(
        entries
          .filter(({ name }) => name !== '.')
          .map(({ name, built }) => [name.slice('./'.length), [`./dist/cjs/${built}.d.ts`]]),
      ),
    },
  }
}

function files(folder: string, built: string) {
  return { types: `./${folder}/${built}.d.ts`, default: `./${folder}/${built}.js` }
}
