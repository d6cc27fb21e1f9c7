import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { printedCommands, printedFiles } from '../../printed-files.ts'
import { readPage } from '../pages.ts'
import { installedHere } from './installed-here.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Where a page's application and its fake Pipedrive listen, in place of the ports that the page prints. */
export interface Ports {
  readonly app: number
  readonly fake: number
}

export interface Project {
  readonly folder: string
  /** The commands that the page prints, without those that need the network. */
  readonly commands: readonly string[]
}

/**
 * Makes a new folder with the files that a page prints, with the tab `label` of each group, and with the packages that its
 * commands install, and no others. `generated`: the folder with what the framework's generator makes.
 */
export function makeProject(
  page: string,
  label: string,
  ports: Ports,
  generated: string | undefined = undefined,
): Project {
  const folder = join(root, 'artifacts/starts', `${page}-${label}`.replaceAll(/[^\w-]+/g, '-').toLowerCase())
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (generated !== undefined) cpSync(generated, folder, { recursive: true })
  addPage(folder, page, label, ports)
  // What generators install for tests and lint is not here.
  for (const name of generatedDependencies(folder)) if (sourceOf(name) !== undefined) link(folder, name)
  return { folder, commands: commandsOf(page).map((line) => withPorts(line, ports)) }
}

/** Adds what a page prints to the project in `folder`. */
export function addPage(folder: string, page: string, label: string, ports: Ports): void {
  const text = readPage(page)
  const files = printedFiles(text).filter((file) => file.label === undefined || file.label === label)
  for (const { path, code } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), withPorts(code, ports))
  }
  const installs = [
    ...printedCommands(text),
    ...files.map(({ code }) => code.split('\n', 1)[0]!.replace(/^\/\/ /, '')),
  ].flatMap((line) => /^npm install (?:--save-dev )?(.+)$/.exec(line)?.[1]?.split(' ') ?? [])
  for (const name of installs) link(folder, name)
}

/** Returns the commands of a page that do not need the network. */
export function commandsOf(page: string): string[] {
  // Below the first heading, a page says how to go on: with the real Pipedrive, or at a provider's.
  return printedCommands(readPage(page).split('\n## ', 1)[0]!).filter(
    (line) => !/^(npm install|npx create-next-app|npx @nestjs\/cli)/.test(line),
  )
}

function withPorts(text: string, { app, fake }: Ports): string {
  return text.replaceAll(/\b(3000|33333)\b/g, String(app)).replaceAll(/\b4700\b/g, String(fake))
}

function generatedDependencies(folder: string): string[] {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) return []
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as {
    dependencies?: object
    devDependencies?: object
  }
  return Object.keys({ ...dependencies, ...devDependencies })
}

function sourceOf(name: string): string | undefined {
  return inject('packed')[name] ?? installedHere(name)
}

/**
 * Puts a package where `npm install` would: the packed one, or the one of this workspace.
 * @throws {Error} if it is neither
 */
function link(folder: string, name: string): void {
  const target = sourceOf(name)
  if (target === undefined) throw new Error(`tools/starts/package.json: ${name} is missing`)
  const place = join(folder, 'node_modules', name)
  if (existsSync(place)) return
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(realpathSync(target), place)
  const { bin = {} } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>
  }
  for (const [command, file] of Object.entries(typeof bin === 'string' ? { [name]: bin } : bin)) {
    const shortcut = join(folder, 'node_modules/.bin', command)
    mkdirSync(dirname(shortcut), { recursive: true })
    chmodSync(join(place, file), 0o755)
    symlinkSync(join(place, file), shortcut)
  }
}
