import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { requireInstallation } from '@pd/oauth-hono'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { bench, do_not_optimize, group, run, summary } from 'mitata'
import { connectedClient } from './scene.ts'

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

/** A request through the middleware, warm, against a bare handler: a new `Request` each time, as a server makes it. */
export async function benchHono(): Promise<void> {
  const { oauth, installation } = await connectedClient()
  const cookie = `pd_session=${await oauth.issueSession(installation.id, 86_400_000)}`
  const app = new Hono()
    .get('/bare', (c) => c.text('ok'))
    .get('/installed', requireInstallation(oauth), (c) => c.text('ok'))
    .get('/by-id', requireInstallation(oauth, { identify: () => installation.id }), (c) => c.text('ok'))
  const request = (path: string) => new Request(`https://app.example.com${path}`, { headers: { cookie } })
  const answered = async (path: string) => {
    const response = await app.fetch(request(path))
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    return response
  }

  group('a request of a connected user, through Hono', () => {
    summary(() => {
      bench('a bare handler', async () => do_not_optimize(await answered('/bare'))).baseline()
      bench('behind requireInstallation()', async () => do_not_optimize(await answered('/installed')))
      bench('the same, with an identify of its own', async () => do_not_optimize(await answered('/by-id')))
    })
  })
  await run()
}

if (import.meta.main) {
  await printWorkerSize()
  await benchHono()
}
