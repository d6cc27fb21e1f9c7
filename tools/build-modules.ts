/**
 * Writes the ES modules of a package into `dist`: `node ../../tools/build-modules.ts` in the folder of the package. All that
 * an entry needs at once is in one file, which is faster to import than many; what is imported later has files of its own.
 * Dependencies stay imports.
 */
import { globSync, readFileSync, rmSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { entriesOf } from './packed/entries-of.ts'

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Parameters<typeof entriesOf>[0]
const entries = entriesOf(manifest)
for (const old of globSync('dist/*.js{,.map}')) rmSync(old)

const bundle = await rolldown({
  input: Object.fromEntries(entries.map(({ built }) => [built, sourceOf(built)])),
  platform: 'neutral',
  external: (name) => !name.startsWith('.') && !isAbsolute(name),
})
await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: '[name]-[hash].js',
  sourcemap: true,
  codeSplitting: {
    groups: [
      { debugName: 'calls', name: named('calls', 'protocol'), priority: 2 },
      { debugName: 'client', name: named('client', 'index'), priority: 1 },
    ],
  },
})
await bundle.close()

function sourceOf(entry: string): string {
  return resolve(join('src', `${entry}.ts`))
}

/** Names a file `name`, and puts all modules into it that an entry imports at once. */
function named(name: string, entry: string): (id: string, modules: Modules) => string | undefined {
  let needed: ReadonlySet<string> | undefined
  return (id, modules) => {
    needed ??= neededAtOnce(entry, modules)
    return needed.has(id) ? name : undefined
  }
}

/** Returns the modules that an entry imports, and those that these import, but not by `import()`. */
function neededAtOnce(entry: string, modules: Modules): ReadonlySet<string> {
  const needed = new Set(modules.getModuleInfo(sourceOf(entry))?.importedIds)
  for (const id of needed)
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) needed.add(imported)
  return needed
}
