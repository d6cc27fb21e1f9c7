import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { requirePrivate } from '../files/owner-only.ts'
import { readTextFile } from '../files/read-text-file.ts'
import { holdsPassword } from '../store/store-url.ts'

/** The entries of a configuration file by key. `endpoints` is split into `endpoints.oauth` and `endpoints.api`. */
export type FileEntries = ReadonlyMap<string, unknown>

/**
 * Reads the configuration file. If `isNamed`, the user named it and it must exist; otherwise a missing file is empty.
 * @throws {CliError} whose message repeats nothing of the content, which may hold secrets
 */
export function readConfigFile(path: string, isNamed: boolean): FileEntries {
  const text = readTextFile(path, 'configuration file')
  if (text === undefined && isNamed)
    throw new CliError(ExitCode.configuration, `The configuration file ${path} does not exist.`)
  if (text === undefined) return new Map()
  const entries = entriesOf(parsed(text, path), path)
  if (entries.has('clientSecret') || holdsPassword(String(entries.get('store'))))
    requirePrivate(path, 'Or take the secrets out of it and set PIPEDRIVE_CLIENT_SECRET or PD_OAUTH_STORE.')
  return entries
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes a part of the file.
    const [place = ''] = /line \d+ column \d+/.exec(String(error)) ?? []
    const where = place && ` (${place.replace(' column', ', column')})`
    throw new CliError(ExitCode.configuration, `The configuration file ${path} is not JSON${where}.`)
  }
}

function entriesOf(value: unknown, path: string): Map<string, unknown> {
  if (!isObject(value))
    throw new CliError(
      ExitCode.configuration,
      `The configuration file ${path} must be a JSON object, such as { "clientId": "…", "clientSecret": "…" }.`,
    )
  return new Map(
    Object.entries(value).flatMap(([key, entry]) =>
      key === 'endpoints' && isObject(entry)
        ? Object.entries(entry).map(([name, origin]): [string, unknown] => [`endpoints.${name}`, origin])
        : [[key, entry] as const],
    ),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
