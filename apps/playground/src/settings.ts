import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Registration } from './pipedrive.ts'
import { UsageError } from './usage-error.ts'

/** The settings from flags and environment. */
export interface Settings {
  /** Whether to run every step once and end, instead of serving pages. */
  readonly once: boolean
  /** The port. Undefined means 3000, or the next free one. */
  readonly port: number | undefined
  /** The app at the real Pipedrive. Undefined means a fake Pipedrive. */
  readonly registration: Registration | undefined
  /** The sealing secrets. Undefined means a secret of the playground's own. */
  readonly secrets: readonly string[] | undefined
  /** The folder for data that outlives the process. */
  readonly dataPath: string
}

const ownDataPath = fileURLToPath(new URL('../.data', import.meta.url))

type Environment = Readonly<Record<string, string | undefined>>

export const usage = `Usage: pnpm demo [--once]

Shows @pd/oauth-core at work with a fake Pipedrive on this machine.

  (no flag)  serves a page to play with
  --once     runs every step without a browser, prints each one, and ends
  --help     shows this help

  PORT              port of the page (default: 3000, or the next free one)
  PLAYGROUND_DATA   folder that keeps installations between runs (default: apps/playground/.data).
                    Delete it to start again. --once keeps nothing
  PD_OAUTH_SECRETS  secrets that seal records and cookies, newest first, separated by commas
                    (default: a random one, kept in that folder)

With PIPEDRIVE_CLIENT_ID, PIPEDRIVE_CLIENT_SECRET and PIPEDRIVE_REDIRECT_URI the page works with the real Pipedrive.`

/**
 * Returns the settings from flags and environment, or undefined for `--help`.
 * @throws {UsageError} when a flag or a variable is invalid
 */
export function readSettings(flags: readonly string[], environment: Environment): Settings | undefined {
  const { once, help } = readFlags(flags)
  if (help) return undefined
  return {
    once,
    port: readPort(environment['PORT']),
    registration: once ? undefined : readRegistration(environment),
    secrets: readSecrets(environment['PD_OAUTH_SECRETS']),
    dataPath: environment['PLAYGROUND_DATA'] || ownDataPath,
  }
}

function readFlags(args: readonly string[]): { once: boolean; help: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`, { cause: error })
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError(`PORT must be a whole number up to 65535, not '${text}'.`)
}

/** Returns the registration from its three variables, or undefined if none is set. */
function readRegistration(environment: Environment): Registration | undefined {
  const names = ['PIPEDRIVE_CLIENT_ID', 'PIPEDRIVE_CLIENT_SECRET', 'PIPEDRIVE_REDIRECT_URI'] as const
  const [clientId = '', clientSecret = '', redirectUri = ''] = names.map((name) => environment[name]?.trim())
  const missing = names.filter((name) => !environment[name]?.trim())
  if (missing.length === names.length) return undefined
  if (missing.length === 0) return { clientId, clientSecret, redirectUri }
  const [verb, pronoun] = missing.length === 1 ? ['is', 'it'] : ['are', 'them']
  throw new UsageError(
    `${missing.join(' and ')} ${verb} missing. Set ${pronoun} to use the real Pipedrive, ` +
      'or set none of the three to use the fake one.',
  )
}

function readSecrets(text: string | undefined): readonly string[] | undefined {
  const secrets = (text ?? '').split(/[\s,]+/).filter((secret) => secret !== '')
  return secrets.length > 0 ? secrets : undefined
}
