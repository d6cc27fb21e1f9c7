import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './folders.ts'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly description: string
  readonly exports?: Readonly<Record<string, string>>
}

/** Returns the packages that are published, with their folders in the repository. */
export function publishedPackages(): { readonly folder: string; readonly manifest: Manifest }[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .map((path) => ({
      folder: dirname(path),
      manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true)
}
