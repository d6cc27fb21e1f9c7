/**
 * Compiles every TypeScript example of the documents (```ts blocks) and of the doc comments (@example), each as a module of
 * its own, the files of each quick start together, once with each tab, and those of the guide for Nest. Exits non-zero,
 * naming the place, when one does not compile, or when no example imports a dependency of this workspace.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printedFiles } from '../printed-files.ts'
import { pages } from '../starts/pages.ts'

interface Example {
  readonly place: string
  readonly code: string
  /** Where it is compiled, below this folder. */
  readonly path: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n')
const documents = tracked.filter((path) => path.endsWith('.md') && !path.startsWith('.changeset/'))
const sources = tracked.filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))

const examples: readonly Example[] = [
  ...[
    ...documents.flatMap((path) => blocks(path, read(path))),
    ...sources.flatMap((path) => blocks(path, docComments(read(path)))),
  ].map(({ place, code }, index) => ({
    place,
    code: `${code}\nexport {}\n`,
    path: `.examples/${index}.ts`,
  })),
  ...pages.flatMap(quickStart),
  ...nestGuide(),
]

for (const folder of ['.examples', '.bundled-examples'])
  rmSync(join(here, folder), { recursive: true, force: true })
for (const { path, code } of examples) {
  mkdirSync(dirname(join(here, path)), { recursive: true })
  writeFileSync(join(here, path), code)
}

const compiled = ['tsconfig.examples.json', 'tsconfig.bundled-examples.json'].map(compile)
const unused = unusedDependencies()
for (const name of unused) console.error(`tools/examples/package.json: no example imports ${name}`)
const isGood = compiled.every(Boolean) && unused.length === 0
if (isGood) console.log(`${new Set(examples.map(({ place }) => place)).size} examples compile`)
process.exitCode = isGood ? 0 : 1

/** Returns whether the examples compile with these settings. Tells the place of each that does not. */
function compile(settings: string): boolean {
  const { status, stdout } = spawnSync('tsc', ['-p', settings, '--pretty', 'false'], {
    cwd: here,
    encoding: 'utf8',
  })
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const place = examples.find(({ path }) => line.startsWith(`${path}(`))?.place
    console.error(place === undefined ? line : `${place}: ${line}`)
  }
  return status === 0
}

/** Returns the files of a quick start, once for each of its tabs. Next's bundler finds modules without their extension. */
function quickStart(page: string): Example[] {
  // Jobs stand beside the application of another page.
  const files = (page === 'script' ? [page, 'hono-node'] : [page])
    .flatMap((name) => filesOf(`docs/start/${name}.md`))
    .filter(({ path }) => /\.tsx?$/.test(path))
  const folder = files.some(({ path }) => path.endsWith('.tsx')) ? '.bundled-examples' : '.examples'
  const tabs = [...new Set(files.flatMap(({ label }) => label ?? []))]
  return (tabs.length === 0 ? [''] : tabs).flatMap((tab, index) =>
    files
      .filter(({ label }) => label === undefined || label === tab)
      .map(({ place, path, code }) => ({ place, code, path: `${folder}/${page}-${index}/${path}` })),
  )
}

/** Returns the files of the guides for Nest, in the application of its quick start. */
function nestGuide(): Example[] {
  const start = filesOf('docs/start/nest.md').filter(
    ({ label = 'Redis: ioredis' }) => label === 'Redis: ioredis',
  )
  const guides = ['nest', 'nest-tests', 'nest-bullmq'].flatMap((page) => filesOf(`docs/guides/${page}.md`))
  const files = [...start, ...guides].map(({ path, ...file }) => [path, file] as const)
  return [...new Map(files)]
    .filter(([path]) => path.endsWith('.ts'))
    .map(([path, { place, code }]) => ({ place, code, path: `.examples/nest-guide/${path}` }))
}

function filesOf(page: string) {
  return printedFiles(read(page)).map(({ line, path, label, code }) => ({
    place: `${page}:${line}`,
    path,
    label,
    code,
  }))
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Dependencies that no example imports. Types count as used where their package is imported; JSX imports React. */
function unusedDependencies(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const code = examples.map((example) => example.code).join('')
  const imported = new Set(
    [...code.matchAll(/(?:from|import) '((?:@[^/']+\/)?[^/']+)/g)].map(([, name]) => name),
  )
  if (examples.some(({ path }) => path.endsWith('.tsx'))) imported.add('react')
  return Object.keys(dependencies).filter((name) => !imported.has(name.replace(/^@types\//, '')))
}

/** The fenced `ts` blocks of a text, with the line they begin at. */
function blocks(path: string, text: string): Omit<Example, 'path'>[] {
  return [...text.matchAll(/^( *)```ts\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
    code: match[2] ?? '',
  }))
}

/** A source's doc comments without their stars, every other line blank, so that line numbers stay. */
function docComments(source: string): string {
  let isInside = false
  return source
    .split('\n')
    .map((line) => {
      if (/^\s*\/\*\*/.test(line)) isInside = true
      const text = isInside ? line.replace(/^\s*\/?\*+\/? ?/, '') : ''
      if (line.includes('*/')) isInside = false
      return text
    })
    .join('\n')
}
