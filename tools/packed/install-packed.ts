import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Packed } from './pack-packages.ts'

interface Manifest {
  readonly type?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/**
 * Installs every package as an application would, with their peers, into a folder outside the repository. Returns that
 * folder, which then holds the smoke tests and in `entries.json` what they load.
 */
export function installPacked(folder: string, packages: readonly Packed[]): string {
  mkdirSync(folder)
  const peers = Object.assign({}, ...packages.map(({ manifest }) => manifest.peerDependencies ?? {}))
  const entries = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {}).map((path) => name + path.slice(1)),
  )
  writeJson(folder, 'entries.json', entries)
  for (const name of ['smoke.ts', 'smoke.cjs'])
    copyFileSync(fileURLToPath(new URL(name, import.meta.url)), join(folder, name))
  installWith(
    folder,
    { type: 'module', dependencies: { ...peers, '@types/node': '^24', ...addressesOf(packages) } },
    packages,
  )
  return folder
}

/** Installs an application, with every one of the packages that is named in its manifest from its tarball. */
export function installWith(folder: string, manifest: Manifest, packages: readonly Packed[]): void {
  const addresses = addressesOf(packages)
  writeJson(folder, 'package.json', { ...manifest, private: true })
  // What one package needs of another is this one, too.
  writeJson(folder, 'pnpm-workspace.yaml', {
    overrides: addresses,
    pmOnFail: 'ignore',
    allowBuilds: noScripts,
  })
  execFileSync('pnpm', ['install', '--prefer-offline', '--ignore-scripts', '--reporter=silent'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
}

const noScripts = { 'msgpackr-extract': false, '@apollo/protobufjs': false }

function addressesOf(packages: readonly Packed[]): Record<string, string> {
  return Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
}

function writeJson(folder: string, name: string, content: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(content, null, 2))
}
