import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../free-port.ts'
import { unprivilegedUser } from '../unprivileged-user.ts'
import { untilPrinted } from '../until-printed.ts'
import { postgresFolder } from './install-postgres.ts'

export interface PostgresServer extends AsyncDisposable {
  /** The address of the server. It listens on this machine only. */
  readonly url: string
  readonly port: number
  /** Stops the server, which ends every connection. Its data stay. */
  stop(): Promise<void>
  /** Starts the server again on the same port. Resolves when it accepts connections. */
  start(): Promise<void>
}

export interface PostgresOptions {
  /** Further settings, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** The lines of `pg_hba.conf`. Default: everybody on this machine may connect without a password. */
  readonly hba?: readonly string[]
}

const run = promisify(execFile)

/** Ends the server when the pipe closes: when this process ends, even after a crash. */
const guarded =
  'postgres=$1 folder=$2; shift 2; "$postgres" -D "$folder/data" "$@" 2>&1 & server=$!; ' +
  'cat > /dev/null; kill -QUIT $server 2> /dev/null; wait $server; [ -e "$folder/kept" ] || { cd / && rm -rf "$folder"; }'

/** Starts a new PostgreSQL, never as root, because it refuses that. */
export async function startPostgres({ settings = {}, hba }: PostgresOptions = {}): Promise<PostgresServer> {
  const commands = postgresFolder()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-postgres-'))
  const user = unprivilegedUser('postgres')
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const postgres = [join(commands, 'postgres'), folder]
  const all = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const kept = join(folder, 'kept')
  let end = async () => {}

  const initdb = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']
  await run(join(commands, 'initdb'), initdb, { ...user, cwd: folder })
  if (hba !== undefined) writeFileSync(join(folder, 'data', 'pg_hba.conf'), hba.join('\n'))
  const start = async () => {
    const server = spawn('sh', ['-c', guarded, 'sh', ...postgres, ...flags], {
      ...user,
      cwd: folder,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const ended = once(server, 'exit')
    end = async () => {
      server.stdin.end()
      await ended
    }
    await untilPrinted(server.stdout, /ready to accept connections/)
  }
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    async stop() {
      writeFileSync(kept, '')
      await end()
      rmSync(kept)
    },
    start,
    async [Symbol.asyncDispose]() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
