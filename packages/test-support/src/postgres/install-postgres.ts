import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { aptInstall } from '../apt-install.ts'

/**
 * The folder with `initdb` and `postgres` of the newest version. Installs PostgreSQL with apt-get if it is missing.
 * @throws {Error} if PostgreSQL is missing and cannot be installed
 */
export function postgresFolder(): string {
  const found = installedFolder()
  if (found !== undefined) return found
  aptInstall('postgresql', missing, noCluster)
  const installed = installedFolder()
  if (installed === undefined) throw new Error(missing)
  return installed
}

// Otherwise, the package creates and starts a server on the usual port.
const noCluster = `
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf`

const missing =
  'The tests need a real PostgreSQL. initdb is not installed, and apt-get could not install it ' +
  '(as root, or through sudo without a password). Install PostgreSQL 13 or newer, or set DATABASE_URL to a database ' +
  'in which schemas may be created, and run again.'

function installedFolder(): string | undefined {
  const packaged = '/usr/lib/postgresql'
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : []
  const onPath = spawnSync('sh', ['-c', 'command -v initdb'], { encoding: 'utf8' }).stdout.trim()
  return [
    ...versions.map((version) => join(packaged, version, 'bin')),
    ...(onPath ? [dirname(onPath)] : []),
  ].find((folder) => ['initdb', 'postgres'].every((command) => existsSync(join(folder, command))))
}
