import { fileURLToPath } from 'node:url'
import { bundledSize, printSize } from '../bundled-size.ts'

const core = fileURLToPath(new URL('../../packages/core/src', import.meta.url))

/** The size of core as a browser or a Worker would load it: minified, gzipped. */
export async function printSizes(): Promise<void> {
  console.log('\nSize of @pd/oauth-core, minified and gzipped')
  const sizes = [
    ['the machine alone', `${core}/machine/installation/transition.ts`, false],
    ['our own code, whole flow', `${core}/index.ts`, true],
    ['whole flow with all dependencies', `${core}/index.ts`, false],
  ] as const
  for (const [name, entry, isOwnCodeOnly] of sizes) {
    const packages = isOwnCodeOnly ? 'external' : 'bundle'
    printSize(name, await bundledSize({ entryPoints: [entry], conditions: ['worker'], packages }))
  }
}
