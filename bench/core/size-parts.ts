/**
 * Prints what the bytes of core go to: `node core/size-parts.ts` in `bench`, after `pnpm build`. All sizes are of minified
 * and gzipped code with all dependencies.
 */
import { fileURLToPath } from 'node:url'
import { build, transform, type Plugin } from 'esbuild'
import { bundledChunks, gzipped, kB, sumOf } from '../bundled-size.ts'

const core = fileURLToPath(new URL('../../packages/core', import.meta.url))

await printChunks()
await printFirstLoad()

/** Prints how large each file is that a bundler makes of what is published. */
async function printChunks(): Promise<void> {
  const options = { entryPoints: [`${core}/dist/index.js`], conditions: ['worker'] }
  const chunks = await bundledChunks(options)
  print('first load', sumOf(chunks.filter(({ isFirst }) => isFirst)))
  for (const { name, bytes, isFirst } of chunks) if (!isFirst) print(`  later: ${name}`, bytes)
  print('all chunks', sumOf(chunks))
  print('the same in one file', sumOf(await bundledChunks({ ...options, splitting: false })))
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
  const { outputFiles } = await build({
    absWorkingDir: core,
    entryPoints: ['src/index.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    conditions: ['worker'],
    minifyIdentifiers: true,
    minifySyntax: true,
    plugins: [withoutLaterParts],
  })
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

function print(name: string, bytes: number): void {
  console.log(`${name.padEnd(48)}${kB(bytes).padStart(9)}`)
}
