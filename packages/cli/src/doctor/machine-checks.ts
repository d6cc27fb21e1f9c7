import { existsSync, realpathSync, statSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import { permissionProblem } from '../files/owner-only.ts'
import { readSqliteUrl } from '../store/store-url.ts'
import { ok, problem, warning, type Finding } from './check.ts'

const lowestNode = 22

export function checkNode(version: string): Finding {
  const major = Number(version.replace(/^v/, '').split('.')[0])
  return major >= lowestNode
    ? ok(`Node ${version}`)
    : problem(`Node ${version} is too old`, `Install Node ${lowestNode} or newer.`)
}

/** Reports where each setting comes from. Settings that it does not name have their default. */
export function checkConfiguration({ configFile, origins, store }: Settings): Finding[] {
  const given = [...origins].map(([name, origin]) => `${name} from ${origin}`)
  const file = existsSync(configFile) ? configFile : `${configFile} (does not exist)`
  const found = ok(`${given.join(', ') || 'All settings have their defaults'}; file: ${file}`)
  const ofApplication = applicationSettings.map((name) => origins.get(name)).find(isVariable)
  if (ofApplication === undefined || origins.has('store')) return [found]
  return [
    found,
    warning(
      `The store is the default one, ${store}, although ${ofApplication} is set as for an application`,
      'Set PD_OAUTH_STORE to the store of the application, such as sqlite:installations.db, redis://localhost:6379?prefix=my-app or postgres://…',
    ),
  ]
}

const applicationSettings = ['clientId', 'redirectUri', 'secrets']

function isVariable(origin: string | undefined): boolean {
  return origin !== undefined && /^[A-Z]/.test(origin)
}

/** Checks that only their owner can read the files that hold secrets. `readConfigFile()` has checked the configuration file. */
export function checkPermissions({ secrets, store }: Settings): Finding[] {
  const database = store.startsWith('sqlite:') ? readSqliteUrl(store).path : undefined
  const paths = ['path' in secrets ? secrets.path : undefined, database].filter(
    (path) => path !== undefined && existsSync(path),
  ) as string[]
  const ownerOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.uid
  const findings = paths.flatMap((path) => {
    const found = permissionProblem(path)
    if (found === undefined) return []
    const [what = '', fix = ''] = found.split(/(?<=\.) (?=Run: )/)
    return [warning(what, fix)]
  })
  if (database !== undefined) findings.push(...ownerFindings(database, ownerOf))
  return findings.length > 0 ? findings : [ok(`${paths.length} files, readable by their owner only`)]
}

/**
 * Warns of files that SQLite keeps beside a database for another user: then only one of both can write. SQLite keeps them where
 * symbolic links lead.
 */
export function ownerFindings(path: string, ownerOf: (path: string) => number | undefined): Finding[] {
  const owner = ownerOf(path)
  const file = existsSync(path) ? realpathSync.native(path) : path
  return [`${file}-wal`, `${file}-shm`].flatMap((beside) => {
    const other = ownerOf(beside)
    if (owner === undefined || other === undefined || other === owner) return []
    return [
      warning(
        `${beside} belongs to another user (uid ${other}) than ${path} (uid ${owner}), so one of them cannot write`,
        'Run every process that opens the database as one user. Stop them, and give the files to it with chown.',
      ),
    ]
  })
}
