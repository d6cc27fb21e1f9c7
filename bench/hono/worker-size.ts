import { fileURLToPath } from 'node:url'
import { bundledSize, kB } from '../bundled-size.ts'
import { printTable } from '../figures.ts'

const worker = fileURLToPath(import.meta.resolve('@pd/hono-worker/src/worker.ts'))
const conditions = ['workerd', 'worker', 'browser']
const hono = "import { Hono } from 'hono'; export default new Hono().get('/', (c) => c.text('ok'))"

/** The Worker as it is uploaded: app, Hono, D1 store, core and all dependencies; and Hono alone, to take off. */
export async function printWorkerSize(): Promise<void> {
  const sizes = {
    'the whole Worker': await bundledSize({ entryPoints: [worker], conditions }),
    'Hono alone': await bundledSize({
      stdin: { contents: hono, resolveDir: import.meta.dirname },
      conditions,
    }),
  }
  printTable(
    'Size of a Worker, minified and gzipped',
    ['', 'first load', 'all chunks'],
    Object.entries(sizes).map(([name, { firstLoad, allChunks }]) => [name, kB(firstLoad), kB(allChunks)]),
  )
}
