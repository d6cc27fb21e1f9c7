import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'

/** The bytes of a bundle as a browser or a Worker loads it: minified and gzipped. */
export interface BundledSize {
  /** The entry, and what it imports statically. */
  readonly firstLoad: number
  /** The same, and what it may import later. */
  readonly allChunks: number
}

export async function bundledSize(options: BuildOptions): Promise<BundledSize> {
  const { outputFiles = [], metafile } = await build({
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    splitting: true,
    outdir: '/bundle',
    absWorkingDir: '/',
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    ...options,
  })
  const outputs = metafile?.outputs ?? {}
  const entries = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint !== undefined)
  const first = new Set(entries)
  for (const path of first)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && imported in outputs) first.add(imported)
  const sizes = outputFiles.map(({ path, contents }) => ({
    isFirst: first.has(path.slice(1)),
    bytes: gzipSync(contents, { level: 9 }).length,
  }))
  const sum = (files: typeof sizes) => files.reduce((total, { bytes }) => total + bytes, 0)
  return { firstLoad: sum(sizes.filter(({ isFirst }) => isFirst)), allChunks: sum(sizes) }
}

export const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`
