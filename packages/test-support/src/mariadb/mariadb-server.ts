import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { aptInstall } from '../apt-install.ts'
import { freePort } from '../free-port.ts'
import { unprivilegedUser } from '../unprivileged-user.ts'
import { untilPrinted } from '../until-printed.ts'

export interface MariadbServer extends AsyncDisposable {
  /** The address of a database on the server. It listens on this machine only, and this user may do everything. */
  readonly url: string
  readonly port: number
  /** Kills the server, as a power failure would. Its data stay. */
  kill(): Promise<void>
  /** Starts the server again on the same port, with further options. Resolves when it accepts connections. */
  start(options?: readonly string[]): Promise<void>
}

const missing =
  'The tests need a real MariaDB. mariadbd is not installed, and apt-get could not install it (as root, or through sudo ' +
  'without a password). Install MariaDB 10.6 or newer, or set MYSQL_URL to a server on which the user may create ' +
  'databases, and run again.'

const run = promisify(execFile)

/** Ends the server when the pipe closes: when this process ends, even after a crash. */
const guarded =
  'command=$1 folder=$2; shift 2; "$command" "$@" 2>&1 & server=$!; ' +
  'cat > /dev/null; kill -9 $server 2> /dev/null; wait $server; [ -e "$folder/kept" ] || { cd / && rm -rf "$folder"; }'

/** Starts a new MariaDB, never as root. Installs it with apt-get if it is missing. */
export async function startMariadb(options: readonly string[] = []): Promise<MariadbServer> {
  const command = installed()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-mariadb-'))
  const user = unprivilegedUser('mysql')
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const socket = join(folder, 'socket')
  const fixed = [
    '--no-defaults',
    `--datadir=${data}`,
    // Two servers that start at once give their temporary tables the same names.
    `--tmpdir=${folder}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--innodb-buffer-pool-size=64M',
    '--innodb-log-file-size=16M',
    ...options,
  ]
  const kept = join(folder, 'kept')
  let end = async () => {}

  const install = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, '--skip-test-db']
  await run('mariadb-install-db', [...install, '--auth-root-authentication-method=normal'], {
    ...user,
    cwd: folder,
  })
  const start = async (more: readonly string[] = []) => {
    const server = spawn('sh', ['-c', guarded, 'sh', command, folder, ...fixed, ...more], {
      ...user,
      cwd: folder,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const ended = once(server, 'exit')
    end = async () => {
      server.stdin.end()
      await ended
    }
    await untilPrinted(server.stdout, /ready for connections/)
  }
  await start()
  const sql = `CREATE USER app@'127.0.0.1'; GRANT ALL ON *.* TO app@'127.0.0.1' WITH GRANT OPTION; CREATE DATABASE app`
  await run('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', `--execute=${sql}`])
  return {
    url: `mysql://app@127.0.0.1:${port}/app`,
    port,
    async kill() {
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

function installed(): string {
  const path = () => {
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }
    return spawnSync('sh', ['-c', 'command -v mariadbd'], { encoding: 'utf8', env }).stdout.trim()
  }
  if (path() === '') aptInstall('mariadb-server mariadb-client', missing)
  if (path() === '') throw new Error(missing)
  return path()
}
