import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Owner } from './owner.ts'
import { publishedManifest } from './published-manifest.ts'
import { publishedReadme } from './published-readme.ts'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))

/** A package as it is published. */
export interface Packed {
  readonly name: string
  readonly tarball: string
  readonly manifest: PublishedManifest
}

export interface PublishedManifest {
  readonly name: string
  readonly version: string
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

/** A package as it is published, in a folder. */
export interface Staged {
  readonly name: string
  readonly folder: string
  readonly manifest: PublishedManifest
}

/**
 * Packs every public package into `folder`, with the addresses of its owner in manifest and README. Changes nothing in the
 * repository. Needs `pnpm build` first.
 */
export function packPackages(folder: string, owner: Owner): Packed[] {
  const stages = join(folder, 'stages')
  const packed = stagePackages(stages, owner).map(({ name, folder: unpacked, manifest }) => ({
    name,
    tarball: pack('npm', unpacked, folder),
    manifest,
  }))
  rmSync(stages, { recursive: true })
  return packed
}

/** Does what `packPackages` does, but leaves each package as a folder in `folder`, not as a tarball. */
export function stagePackages(folder: string, owner: Owner): Staged[] {
  return readdirSync(packages)
    .filter((name) => !readManifest(join(packages, name)).private)
    .map((name) => {
      const stage = join(folder, name)
      mkdirSync(stage, { recursive: true })
      // pnpm applies publishConfig and the versions of the workspace; the rest is added to what it packed.
      const first = pack('pnpm', join(packages, name), stage)
      execFileSync('tar', ['-xzf', first, '-C', stage])
      const unpacked = join(stage, 'package')
      const place = `packages/${name}`
      const manifest = publishedManifest(readManifest(unpacked), place, owner)
      writeFileSync(join(unpacked, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
      const readme = join(unpacked, 'README.md')
      writeFileSync(readme, publishedReadme(readFileSync(readme, 'utf8'), place, owner))
      return { name: manifest.name, folder: unpacked, manifest }
    })
}

function readManifest(folder: string): PublishedManifest & { readonly private?: boolean } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Packs a folder without running its scripts, and returns the tarball. */
function pack(command: 'pnpm' | 'npm', cwd: string, destination: string): string {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]
  const printed = execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  // npm gives a list, and a name; pnpm gives one, and its whole path.
  const [{ filename }] = [JSON.parse(printed)].flat() as [{ filename: string }]
  return join(destination, basename(filename))
}
