import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'

/** A file of a bundle as a browser or a Worker loads it: minified and gzipped. */
export interface Chunk {
  readonly name: string
  /** Whether it is the entry, or what that imports statically. */
  readonly isFirst: boolean
  readonly bytes: number
}

export interface BundledSize {
  /** The entry, and what it imports statically. */
  readonly firstLoad: number
  /** The same, and what it may import later. */
  readonly allChunks: number
}

export async function bundledSize(options: BuildOptions): Promise<BundledSize> {
  const chunks = await bundledChunks(options)
  return { firstLoad: sumOf(chunks.filter(({ isFirst }) => isFirst)), allChunks: sumOf(chunks) }
}

export const sumOf = (chunks: readonly Chunk[]): number =>
  chunks.reduce((total, { bytes }) => total + bytes, 0)

export const gzipped = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length

export async function bundledChunks(options: BuildOptions): Promise<Chunk[]> {
  const { outputFiles, metafile } = await build({
    bundle: true,
    minify: true,
    splitting: true,
    outdir: '/bundle',
    absWorkingDir: '/',
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    ...options,
    write: false,
    metafile: true,
  })
  const { outputs } = metafile
  const first = new Set(Object.keys(outputs).filter((path) => isEntry(outputs[path]?.entryPoint, options)))
  for (const path of first)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && imported in outputs) first.add(imported)
  return outputFiles.map(({ path, contents }) => ({
    name: path.slice('/bundle/'.length),
    isFirst: first.has(path.slice(1)),
    bytes: gzipped(contents),
  }))
}

/** Chunks that are imported later have entry points, too. */
function isEntry(entryPoint: string | undefined, { entryPoints, stdin }: BuildOptions): boolean {
  if (entryPoint === undefined) return false
  return stdin === undefined
    ? Object.values(entryPoints ?? []).some((entry) => String(entry).endsWith(entryPoint))
    : entryPoint === '<stdin>'
}

export const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`
