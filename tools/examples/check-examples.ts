/**
 * Compiles every TypeScript example of the documents (```ts blocks) and of the doc comments (@example), each as a module of
 * its own. Exits non-zero, naming the place, when one does not compile, or when no example imports a dependency of this
 * workspace.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Example {
  readonly place: string
  readonly code: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = fileURLToPath(new URL('.examples', import.meta.url))

const here = fileURLToPath(new URL('.', import.meta.url))

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n')
const documents = tracked.filter((path) => path.endsWith('.md') && !path.startsWith('.changeset/'))
const sources = tracked.filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))

const examples = [
  ...documents.flatMap((path) => blocks(path, read(path))),
  ...sources.flatMap((path) => blocks(path, docComments(read(path)))),
]

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
for (const [index, { code }] of examples.entries())
  writeFileSync(join(folder, `${index}.ts`), `${code}\nexport {}\n`)

const { status, stdout } = spawnSync('tsc', ['-p', 'tsconfig.examples.json', '--pretty', 'false'], {
  cwd: here,
  encoding: 'utf8',
})
for (const line of stdout.split('\n').filter((text) => text !== '')) {
  const index = /^\.examples\/(\d+)\.ts/.exec(line)?.[1]
  console.error(index === undefined ? line : `${examples[Number(index)]?.place}: ${line}`)
}
const unused = unusedDependencies()
for (const name of unused) console.error(`tools/examples/package.json: no example imports ${name}`)
if (status === 0) console.log(`${examples.length} examples compile`)
process.exitCode = status === 0 && unused.length === 0 ? 0 : 1

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Dependencies that no example imports. Types count as used where their package is imported. */
function unusedDependencies(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const imported = new Set(
    examples.flatMap(({ code }) =>
      [...code.matchAll(/(?:from|import) '((?:@[^/']+\/)?[^/']+)/g)].map(([, name]) => name),
    ),
  )
  return Object.keys(dependencies).filter((name) => !imported.has(name.replace(/^@types\//, '')))
}

/** The fenced `ts` blocks of a text, with the line they begin at. */
function blocks(path: string, text: string): Example[] {
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
