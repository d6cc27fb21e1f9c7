import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { untilPrinted } from '../until-printed.ts'

export interface RedisServer extends AsyncDisposable {
  readonly port: number
  /** Kills the server, as a power failure would. */
  kill(): Promise<void>
  /** Starts the server again on the same port. It has its data only with `appendonly yes`. Resolves when it prints `isUp`. */
  start(options?: readonly string[], isUp?: RegExp): Promise<void>
  /** Ends the server, and removes its files. */
  stop(): Promise<void>
}

/** Ends the server when the pipe closes: when this process ends, even after a crash. */
const guarded =
  'redis-server "$@" 2>&1 & server=$!; cat > /dev/null; kill -9 $server 2> /dev/null; wait $server'

/** Starts a new server, which listens on this machine only. It saves nothing to disk unless `options` say so. */
export async function startRedis(options: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-redis-'))
  let kill = async () => {}

  const server: RedisServer = {
    port,
    kill: () => kill(),
    async start(more = [], isUp = /Ready to accept connections/) {
      const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
      const args = [...fixed, '--appendonly', 'no', ...options, ...more]
      const child = spawn('sh', ['-c', guarded, 'sh', ...args], { stdio: ['pipe', 'pipe', 'ignore'] })
      const ended = once(child, 'exit')
      kill = async () => {
        child.stdin.end()
        await ended
        kill = async () => {}
      }
      await untilPrinted(child.stdout, isUp)
    },
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
  await server.start()
  return server
}
