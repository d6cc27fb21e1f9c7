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

/** Where the settings come from; what is not named is at its default. */
export function checkConfiguration({ configFile, origins }: Settings): Finding {
  const given = [...origins].map(([name, origin]) => `${name} from ${origin}`)
  const file = existsSync(configFile) ? configFile : `${configFile} (not there)`
  return ok(`${given.join(', ') || 'Nothing is set'}; file: ${file}`)
}

/** Files that hold secrets are their owner's only. */
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
  return findings.length > 0 ? findings : [ok(`${paths.length} files, for their owner only`)]
}
