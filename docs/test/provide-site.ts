import { execFileSync } from 'node:child_process'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The origin of the site as it is built. */
    site: string
  }
}

const folder = fileURLToPath(new URL('../dist', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
}

/** Builds the site, unless nothing has changed since, and serves it the way static hosts do. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync('turbo', ['run', 'site', '--output-logs=errors-only'], {
    stdio: 'inherit',
    cwd: join(folder, '../..'),
  })
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const file = fileOf(decodeURIComponent(pathname))
    response.statusCode = file === undefined ? 404 : 200
    const shown = file ?? join(folder, '404.html')
    response.setHeader('content-type', types[extname(shown)] ?? 'application/octet-stream')
    createReadStream(shown).pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('site', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
  }
}

function fileOf(path: string): string | undefined {
  const candidates = [path, `${path}.html`, join(path, 'index.html')].map((candidate) =>
    join(folder, candidate),
  )
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile())
}
