import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Vite } from 'vitest/node'

/** Bundles a module and its imports into one text that runs in workerd. */
export async function bundle(entry: URL): Promise<string> {
  // vitest depends on this bundler.
  const fromVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'))
  const { build } = (await import(fromVitest.resolve('vite'))) as typeof Vite
  const result = await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, target: 'webworker' },
    build: { ssr: fileURLToPath(entry), write: false, minify: false },
  })
  const [output] = [result].flat()
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk === undefined) throw new Error('vite returned no bundle')
  return chunk.code
}
