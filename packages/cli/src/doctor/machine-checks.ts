import { existsSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import { permissionProblem } from '../files/owner-only.ts'
import { ok, problem, warning, type Finding } from './check.ts'

const lowestNode = 22

export function checkNode(version: string): Finding {
  const major = Number(version.replace(/^v/, '').split('.')[0])
  return major >= lowestNode
    ? ok(`Node ${version}`)
    : problem(`Node ${version} is too old`, `Install Node ${lowestNode} or newer.`)
}

/** Reports where each setting comes from. Settings that it does not name have their default. */
export function checkConfiguration({ configFile, origins }: Settings): Finding {
  const given = [...origins].map(([name, origin]) => `${name} from ${origin}`)
  const file = existsSync(configFile) ? configFile : `${configFile} (does not exist)`
  return ok(`${given.join(', ') || 'All settings have their defaults'}; file: ${file}`)
}

/** Checks that only their owner can read the files that hold secrets. */
export function checkPermissions({ configFile, secrets, store }: Settings): Finding[] {
  const paths = [
    configFile,
    ...('path' in secrets ? [secrets.path] : []),
    ...(store.startsWith('sqlite:') ? [store.slice('sqlite:'.length).replace(/\?table=\w+$/, '')] : []),
  ].filter((path) => existsSync(path))
  const findings = paths.flatMap((path) => {
    const found = permissionProblem(path)
    if (found === undefined) return []
    const [what = '', fix = ''] = found.split(/(?<=\.) (?=Run: )/)
    return [warning(what, fix)]
  })
  return findings.length > 0 ? findings : [ok(`${paths.length} files, readable by their owner only`)]
}
