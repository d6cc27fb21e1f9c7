/**
 * Prints what the bytes of core go to: `node core/size-parts.ts` in `bench`, after `pnpm build`. All sizes are of minified
 * and gzipped code with all dependencies.
 */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, transform, type BuildOptions, type Metafile, type Plugin } from 'esbuild'

const core = fileURLToPath(new URL('../../packages/core', import.meta.url))
const entry = 'dist/index.js'
const common: BuildOptions & { readonly write: false } = {
  absWorkingDir: core,
  entryPoints: [entry],
  bundle: true,
  write: false,
  outdir: 'bundled',
  format: 'esm',
  target: 'es2023',
  platform: 'browser',
  conditions: ['worker'],
}

await printChunks()
await printFirstLoad()

/** Prints how large each file is that a bundler makes of what is published. */
async function printChunks(): Promise<void> {
  const { outputFiles, metafile } = await build({ ...common, minify: true, splitting: true, metafile: true })
  const one = await build({ ...common, minify: true })
  const first = filesAtOnce(metafile)
  const files = outputFiles.map(({ path, contents }) => ({
    name: path.slice(`${core}/bundled/`.length),
    isFirst: first.has(path.slice(`${core}/`.length)),
    size: gzipped(contents),
  }))
  const total = (chosen: typeof files) => chosen.reduce((sum, { size }) => sum + size, 0)
  print('first load', total(files.filter(({ isFirst }) => isFirst)))
  for (const { name, size, isFirst } of files) if (!isFirst) print(`  later: ${name}`, size)
  print('all chunks', total(files))
  print('the same in one file', gzipped(one.outputFiles[0]?.contents ?? ''))
}

/** Returns the files that the entry imports, and not by `import()`. */
function filesAtOnce({ outputs }: Metafile): ReadonlySet<string> {
  const files = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry))
  for (const file of files)
    for (const { path, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement') files.add(path)
  return files
}

/** Prints by how much the first load would shrink without each folder and dependency. */
async function printFirstLoad(): Promise<void> {
  const withoutLaterParts: Plugin = {
    name: 'without later parts',
    setup: ({ onResolve }) =>
      onResolve({ filter: /.*/ }, ({ kind, path }) =>
        kind === 'dynamic-import' ? { path, external: true } : undefined,
      ),
  }
  const options = { ...common, entryPoints: ['src/index.ts'], plugins: [withoutLaterParts] }
  const { outputFiles } = await build({ ...options, minifyIdentifiers: true, minifySyntax: true })
  const modules = modulesOf(outputFiles[0]?.text ?? '')
  const sizeOf = async (chosen: typeof modules) => {
    const { code } = await transform(chosen.map(({ code }) => code).join('\n'), { minify: true })
    return gzipped(code)
  }
  const whole = await sizeOf(modules)
  console.log('\nThe first load would shrink without')
  const rows: [string, number][] = []
  for (const part of new Set(modules.map(({ part }) => part)))
    rows.push([part, whole - (await sizeOf(modules.filter((module) => module.part !== part)))])
  for (const [part, size] of rows.sort(([, left], [, right]) => right - left)) print(`  ${part}`, size)
}

/** Returns the modules of a bundle, which esbuild marks with the paths of their files. */
function modulesOf(bundle: string): { readonly part: string; readonly code: string }[] {
  const [, ...pieces] = bundle.replace(/^export \{[^}]*\};?$/gm, '').split(/^\/\/ (\S+\.[cm]?[jt]s)$/m)
  return pieces.flatMap((path, at) =>
    at % 2 === 0 ? [{ part: partOf(path), code: pieces[at + 1] ?? '' }] : [],
  )
}

function partOf(path: string): string {
  const dependency = /.*node_modules\/([^/]+)/.exec(path)?.[1]
  const folder = path
    .replace(/^src\//, '')
    .split('/')
    .slice(0, -1)
    .join('/')
  return dependency ?? (folder || 'errors and entry')
}

function gzipped(content: string | Uint8Array): number {
  return gzipSync(content, { level: 9 }).length
}

function print(name: string, bytes: number): void {
  console.log(`${name.padEnd(48)}${(bytes / 1_000).toFixed(1).padStart(6)} kB`)
}
