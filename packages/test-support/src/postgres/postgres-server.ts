import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../free-port.ts'
import { untilPrinted } from '../until-printed.ts'
import { postgresFolder } from './install-postgres.ts'

export interface PostgresServer extends AsyncDisposable {
  /** The address of the server. It listens on this machine only. */
  readonly url: string
}

const run = promisify(execFile)

/** Ends the server and removes its files when the pipe closes: when this process ends, even after a crash. */
const guarded =
  'postgres=$1 folder=$2; shift 2; "$postgres" -D "$folder/data" "$@" 2>&1 & server=$!; ' +
  'cat > /dev/null; kill -QUIT $server 2> /dev/null; wait $server; cd / && rm -rf "$folder"'

/** Starts a new PostgreSQL, never as root, because it refuses that. */
export async function startPostgres(): Promise<PostgresServer> {
  const commands = postgresFolder()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-postgres-'))
  const user = process.getuid?.() === 0 ? unprivileged() : undefined
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const postgres = [join(commands, 'postgres'), folder]
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])

  const initdb = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']
  await run(join(commands, 'initdb'), initdb, { ...user, cwd: folder })
  const server = spawn('sh', ['-c', guarded, 'sh', ...postgres, ...flags], {
    ...user,
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(server, 'exit')
  await untilPrinted(server.stdout, /ready to accept connections/)
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: async () => {
      server.stdin.end()
      await ended
    },
  }
}

/** The user that Debian's package creates, or else `nobody`. */
function unprivileged(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody'])
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // This user does not exist.
    }
  throw new Error('PostgreSQL does not run as root, and neither the user postgres nor the user nobody exists')
}
