import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { aptInstall } from '../apt-install.ts'

/**
 * The folder with `initdb` and `postgres`, newest version first; installed with apt-get where there is none.
 * @throws {Error} where there is none and none can be installed
 */
export function postgresFolder(): string {
  const found = installedFolder()
  if (found !== undefined) return found
  aptInstall('postgresql', missing, noCluster)
  const installed = installedFolder()
  if (installed === undefined) throw new Error(missing)
  return installed
}

// The package would make and start a server of its own, on the usual port.
const noCluster = `
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
  echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf`

const missing =
  'Tests run against a real PostgreSQL, and neither is initdb installed nor could it be ' +
  'installed with apt-get (as root, or through sudo without a password). Install PostgreSQL 13 or newer, or set ' +
  'DATABASE_URL to a database in which schemas may be created, and run them again.'

function installedFolder(): string | undefined {
  const packaged = '/usr/lib/postgresql'
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : []
  const onPath = spawnSync('sh', ['-c', 'command -v initdb'], { encoding: 'utf8' }).stdout.trim()
  return [
    ...versions.map((version) => join(packaged, version, 'bin')),
    ...(onPath ? [dirname(onPath)] : []),
  ].find((folder) => ['initdb', 'postgres'].every((command) => existsSync(join(folder, command))))
}
