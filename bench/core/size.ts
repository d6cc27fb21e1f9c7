import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'
import { bundledSize, kB } from '../bundled-size.ts'
import { printTable } from '../figures.ts'
import { report } from '../rows/row.ts'

const core = fileURLToPath(new URL('../../packages/core', import.meta.url))
const aim = { firstLoad: 36_000, allChunks: 48_000 }

/** The size of the built core as a browser or a Worker loads it, minified and gzipped, beside others. Needs `pnpm build`. */
export async function benchSizes(): Promise<void> {
  const sizeOf = (entry: string, packages: 'bundle' | 'external' = 'bundle') =>
    bundledSize({ entryPoints: [`${core}/${entry}`], conditions: ['worker'], packages })
  const [whole, own, machine] = await Promise.all([
    sizeOf('dist/index.js'),
    sizeOf('dist/index.js', 'external'),
    sizeOf('src/machine/installation/transition.ts'),
  ])
  const others = { 'official SDK': 'pipedrive/v2', 'google-auth-library': 'google-auth-library' }
  const peers: string[] = []
  for (const [name, specifier] of Object.entries(others))
    peers.push(`${name} ${kB((await sizeOfPackage(specifier)).firstLoad)}`)

  printTable(
    'Size of @pd/oauth-core, minified and gzipped',
    ['', 'first load', 'all chunks'],
    Object.entries({
      'the machine alone': machine,
      'our own code, whole flow': own,
      'whole flow with all dependencies': whole,
    }).map(([name, { firstLoad, allChunks }]) => [name, kB(firstLoad), kB(allChunks)]),
  )
  const beside = `own code ${kB(own.firstLoad)} / ${kB(own.allChunks)}; ${peers.join(', ')}`
  report({
    name: 'whole flow, minified and gzipped',
    aim: `first load ${kB(aim.firstLoad)}, all chunks ${kB(aim.allChunks)}`,
    result: `${kB(whole.firstLoad)}, ${kB(whole.allChunks)}`,
    isMet: whole.firstLoad <= aim.firstLoad && whole.allChunks <= aim.allChunks,
    beside,
    figures: {
      'kB of first load': { value: whole.firstLoad / 1_000, better: 'lower', tolerance: 0.02 },
      'kB of all chunks': { value: whole.allChunks / 1_000, better: 'lower', tolerance: 0.02 },
    },
  })
}

/** A package of this folder as a server would bundle it, without what Node brings. */
function sizeOfPackage(specifier: string) {
  return bundledSize({
    stdin: { contents: `export * from '${specifier}'`, resolveDir: import.meta.dirname },
    platform: 'node',
    external: builtinModules.flatMap((name) => [name, `node:${name}`]),
  })
}
