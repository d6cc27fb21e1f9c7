import { fileURLToPath } from 'node:url'
import { bundledSize, printSize } from '../bundled-size.ts'

const worker = fileURLToPath(import.meta.resolve('@pd/hono-worker/src/worker.ts'))

const conditions = ['workerd', 'worker', 'browser']

/** The Worker as it is uploaded: app, Hono, D1 store, core and all dependencies; and Hono alone, to take off. */
export async function printWorkerSize(): Promise<void> {
  console.log('\nSize of a Worker, minified and gzipped')
  const sizes = [
    ['the whole Worker', await bundledSize({ entryPoints: [worker], conditions })],
    [
      'Hono alone',
      await bundledSize({
        stdin: { contents: hono, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
        conditions,
      }),
    ],
  ] as const
  for (const [name, bytes] of sizes) printSize(name, bytes)
}

const hono = "import { Hono } from 'hono'; export default new Hono().get('/', (c) => c.text('ok'))"
