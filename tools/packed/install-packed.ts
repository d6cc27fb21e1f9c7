import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Packed } from './pack-packages.ts'

/**
 * Installs tarballs as an application would, with their peers, into a folder outside the repository. Returns that folder,
 * which then holds `smoke.ts` and in `entries.json` what it imports.
 */
export function installPacked(folder: string, packages: readonly Packed[]): string {
  mkdirSync(folder)
  const tarballs = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]))
  const peers = Object.assign({}, ...packages.map(({ manifest }) => manifest.peerDependencies ?? {}))
  write('package.json', { private: true, type: 'module', dependencies: { ...peers, ...tarballs } })
  // What one package needs of another is this one, too.
  write('pnpm-workspace.yaml', { overrides: tarballs, pmOnFail: 'ignore', allowBuilds: noScripts })
  write(
    'entries.json',
    packages.flatMap(({ name, manifest }) => entriesOf(name, manifest)),
  )
  copyFileSync(fileURLToPath(new URL('smoke.ts', import.meta.url)), join(folder, 'smoke.ts'))
  execFileSync('pnpm', ['install', '--prefer-offline', '--ignore-scripts', '--reporter=silent'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return folder

  function write(name: string, content: unknown): void {
    writeFileSync(join(folder, name), JSON.stringify(content, null, 2))
  }
}

const noScripts = { 'msgpackr-extract': false, '@apollo/protobufjs': false }

function entriesOf(name: string, { exports = {} }: Packed['manifest']): string[] {
  return Object.keys(exports).map((path) => name + path.slice(1))
}
