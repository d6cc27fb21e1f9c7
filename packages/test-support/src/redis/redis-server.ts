import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
  /** Stops the server's process, as a machine that hangs. Its connections stay open. */
  freeze(): void
  /** Lets a frozen server go on. */
  thaw(): void
  /** Ends the server, and removes its files. */
  stop(): Promise<void>
}

/** Ends the server when the pipe closes: when this process ends, even after a crash. */
const guarded =
  'redis-server "$@" 2>&1 & server=$!; cat > /dev/null; kill -9 $server 2> /dev/null; wait $server'

/** Starts a new server, which listens on this machine only. It saves nothing to disk unless `options` say so. */
export function startRedis(options: readonly string[] = []): Promise<RedisServer> {
  return startServer(/Ready to accept connections/, (port, folder) => {
    const own = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--pidfile',
      join(folder, 'pid'),
    ]
    return [...own, '--save', '', '--appendonly', 'no', ...options]
  })
}

/** Starts a Sentinel, whose configuration file has these lines, too. */
export function startSentinel(lines: readonly string[]): Promise<RedisServer> {
  return startServer(/\+monitor/, (port, folder) => {
    const file = join(folder, 'sentinel.conf')
    const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, `pidfile ${join(folder, 'pid')}`]
    writeFileSync(file, [...own, ...lines, ''].join('\n'))
    return [file, '--sentinel']
  })
}

async function startServer(
  isUsuallyUp: RegExp,
  argumentsOf: (port: number, folder: string) => readonly string[],
): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-redis-'))
  const args = argumentsOf(port, folder)
  let kill = async () => {}
  const signal = (name: 'SIGSTOP' | 'SIGCONT') =>
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), name)

  const server: RedisServer = {
    port,
    kill: () => kill(),
    async start(more = [], isUp = isUsuallyUp) {
      const child = spawn('sh', ['-c', guarded, 'sh', ...args, ...more], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      const ended = once(child, 'exit')
      kill = async () => {
        child.stdin.end()
        await ended
        kill = async () => {}
      }
      await untilPrinted(child.stdout, isUp)
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
  await server.start()
  return server
}
