import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const worker = fileURLToPath(import.meta.resolve('@pd/hono-worker/src/worker.ts'))

/** The Worker as it is uploaded: app, Hono, D1 store, core and all dependencies; and Hono alone, to take off. */
export async function printWorkerSize(): Promise<void> {
  console.log('\nSize of a Worker, minified and gzipped')
  const sizes = [
    ['the whole Worker', await bundled({ entryPoints: [worker] })],
    [
      'Hono alone',
      await bundled({ stdin: { contents: hono, resolveDir: fileURLToPath(new URL('.', import.meta.url)) } }),
    ],
  ] as const
  for (const [name, bytes] of sizes)
    console.log(`  ${name.padEnd(36)}${(bytes / 1000).toFixed(1).padStart(6)} kB`)
}

const hono = "import { Hono } from 'hono'; export default new Hono().get('/', (c) => c.text('ok'))"

async function bundled(entry: Pick<Parameters<typeof build>[0], 'entryPoints' | 'stdin'>): Promise<number> {
  const { outputFiles } = await build({
    ...entry,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
  })
  return gzipSync(outputFiles![0]!.contents, { level: 9 }).length
}
