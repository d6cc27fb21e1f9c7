import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { standIn } from '../../packed/owner.ts'
import { stagePackages, type Staged } from '../../packed/pack-packages.ts'
import { installedHere } from './installed-here.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where each public package is, as it is published, by its name. */
    packed: Readonly<Record<string, string>>
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = join(root, 'artifacts/starts/packages')

/** Builds and packs every public package, and links what each of them needs. */
export function setup(project: TestProject): void {
  rmSync(folder, { recursive: true, force: true })
  execFileSync('turbo', ['run', 'build'], { cwd: root, stdio: 'pipe' })
  const staged = stagePackages(folder, standIn)
  const packed = Object.fromEntries(staged.map(({ name, folder: place }) => [name, place]))
  for (const one of staged) linkNeeds(one, packed)
  project.provide('packed', packed)
}

/** Dependencies come from the package in the repository, peers from the application, and the packages from each other. */
function linkNeeds({ folder: place, manifest }: Staged, packed: Readonly<Record<string, string>>): void {
  const { dependencies = {}, peerDependencies = {} } = manifest
  const source = join(root, 'packages', basename(dirname(place)))
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const target =
      packed[name] ?? (name in dependencies ? join(source, 'node_modules', name) : installedHere(name))
    if (target === undefined) continue
    const link = join(place, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
}
