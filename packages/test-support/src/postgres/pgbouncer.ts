import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptInstall } from '../apt-install.ts'
import { freePort } from '../free-port.ts'

export interface PgBouncer extends AsyncDisposable {
  /** The address of the same database, through PgBouncer. */
  readonly url: string
}

const missing =
  'The test needs a real PgBouncer. It is not installed, and apt-get could not install it (as root, or through sudo ' +
  'without a password). Install PgBouncer and run again.'

/** Ends PgBouncer and removes its files when the pipe closes: when this process ends, even after a crash. */
const guarded =
  '"$1" "$2/pgbouncer.ini" 2>&1 & server=$!; cat > /dev/null; kill -INT $server 2> /dev/null; wait $server; rm -rf "$2"'

/** Starts a PgBouncer in transaction mode, with its own defaults otherwise, in front of a database. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const command = pgBouncer()
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'pd-oauth-pgbouncer-'))
  writeFileSync(join(folder, 'pgbouncer.ini'), configuration(new URL(databaseUrl), port))
  const isRoot = process.getuid?.() === 0
  if (isRoot) execFileSync('chown', ['-R', 'nobody', folder])
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  const user = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  const server = spawn('sh', ['-c', guarded, 'sh', command, folder], {
    ...user,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(server, 'exit')
  await untilUp(server.stdout)
  return {
    url: `postgres://anybody@127.0.0.1:${port}/database`,
    [Symbol.asyncDispose]: async () => {
      server.stdin.end()
      await ended
    },
  }
}

function configuration({ hostname, port, username, password, pathname }: URL, listenPort: number): string {
  const database = {
    host: hostname,
    port: port || '5432',
    user: decodeURIComponent(username),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    dbname: pathname.slice(1),
  }
  return [
    '[databases]',
    `database = ${Object.entries(database)
      .map(([name, value]) => `${name}='${value}'`)
      .join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 2',
  ].join('\n')
}

/** Returns the path of PgBouncer. Installs it with apt-get if it is missing. */
function pgBouncer(): string {
  const installed = installedAt()
  if (installed !== undefined) return installed
  aptInstall('pgbouncer', missing)
  const path = installedAt()
  if (path === undefined) throw new Error(missing)
  return path
}

function installedAt(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin']
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path))
}

async function untilUp(output: NodeJS.ReadableStream): Promise<void> {
  let printed = ''
  for await (const chunk of output) {
    printed += String(chunk)
    if (!printed.includes('process up')) continue
    output.resume()
    return
  }
  throw new Error(`PgBouncer did not start:\n${printed}`)
}
