import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { migrations } from '@pd/oauth-sql'
import type { D1Like } from '@pd/oauth-sql/d1'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

/** The compatibility date in wrangler.jsonc. */
const compatibilityDate = '2026-07-01'
const isolates = ['one', 'two'] as const

export interface RunningWorkers extends AsyncDisposable {
  /** The origins of the two isolates, which share the database but no memory. */
  readonly origins: readonly [string, string]
  readonly database: D1Like
}

/** The bindings of the Worker besides its database. */
export type Variables = Record<string, string>

/** Starts the bundled Worker twice in real workerd, over one empty D1 database. */
export async function startWorkers(variables: Variables): Promise<RunningWorkers> {
  const script = await bundledWorker()
  const workers = new Miniflare({
    workers: isolates.map((name) => ({
      name,
      modules: [{ type: 'ESModule' as const, path: 'worker.js', contents: script }],
      modulesRoot: '/',
      compatibilityDate,
      bindings: variables,
      d1Databases: { DB: 'pd-oauth' },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    })),
  })
  const database = await workers.getD1Database('DB', 'one')
  for (const { sql } of migrations({ dialect: 'sqlite' }))
    await database.batch(
      sql
        .split(';\n')
        .filter((statement) => statement.trim() !== '')
        .map((statement) => database.prepare(statement)),
    )
  const [one, two] = await Promise.all(isolates.map((name) => workers.unsafeGetDirectURL(name)))
  return {
    origins: [one!.origin, two!.origin],
    database,
    [Symbol.asyncDispose]: () => workers.dispose(),
  }
}

/** Returns the bundled Worker, as it would be uploaded. */
async function bundledWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
  })
  return outputFiles[0]!.text
}

/** Returns the content of wrangler.jsonc, which has commas before closing brackets. */
export async function wranglerConfiguration(): Promise<Record<string, unknown>> {
  const text = await readFile(new URL('../wrangler.jsonc', import.meta.url), 'utf8')
  return JSON.parse(text.replace(/,(\s*[}\]])/g, '$1')) as Record<string, unknown>
}
