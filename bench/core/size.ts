import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const core = fileURLToPath(new URL('../../packages/core/src', import.meta.url))

/** The size of core as a browser or a Worker would load it: minified, gzipped. */
export async function printSizes(): Promise<void> {
  console.log('\nSize of @pd/oauth-core, minified and gzipped')
  const sizes = [
    ['the machine alone', `${core}/machine/installation.ts`, false],
    ['our own code, whole flow', `${core}/index.ts`, true],
    ['whole flow with all dependencies', `${core}/index.ts`, false],
  ] as const
  for (const [name, entry, isOwnCodeOnly] of sizes)
    console.log(
      `  ${name.padEnd(36)}${((await bundled(entry, isOwnCodeOnly)) / 1000).toFixed(1).padStart(6)} kB`,
    )
}

async function bundled(entry: string, isOwnCodeOnly: boolean): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    conditions: ['worker'],
    packages: isOwnCodeOnly ? 'external' : 'bundle',
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}
