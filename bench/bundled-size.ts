import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'

/** The bytes of a bundle as a browser or a Worker loads it: minified and gzipped. */
export async function bundledSize(options: BuildOptions): Promise<number> {
  const { outputFiles = [] } = await build({
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    ...options,
  })
  return outputFiles.reduce((bytes, { contents }) => bytes + gzipSync(contents, { level: 9 }).length, 0)
}

/** Prints one line of a table of sizes. */
export function printSize(name: string, bytes: number): void {
  console.log(`  ${name.padEnd(36)}${(bytes / 1000).toFixed(1).padStart(6)} kB`)
}
