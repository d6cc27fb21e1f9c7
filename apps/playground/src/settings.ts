import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Registration } from './pipedrive.ts'
import { UsageError } from './usage-error.ts'

/** What whoever starts the playground has asked for. */
export interface Settings {
  /** Do the whole job once and end, rather than serve. */
  readonly once: boolean
  /** Undefined: 3000, or the next free one. */
  readonly port: number | undefined
  /** Undefined: a fake Pipedrive. */
  readonly registration: Registration | undefined
  /** Undefined: one of the playground's own. */
  readonly secrets: readonly string[] | undefined
  /** The folder for what outlives the process. */
  readonly dataPath: string
}

const ownDataPath = fileURLToPath(new URL('../.data', import.meta.url))

type Environment = Readonly<Record<string, string | undefined>>

export const usage = `Usage: pnpm demo [--once]

Shows @pd/oauth-core at work, against a fake Pipedrive on this machine.

  (no flag)  serves a page to play with
  --once     does the whole job without a browser, says each step, and ends
  --help     shows this

  PORT             where the page is served (default: 3000, or the next free port)
  PLAYGROUND_DATA  the folder that keeps installations over restarts (default: apps/playground/.data);
                   delete it to begin anew. --once keeps nothing
  PD_SECRETS       what records and cookies are sealed with, comma-separated, current first
                   (default: a random one, kept in that folder)

With PIPEDRIVE_CLIENT_ID, PIPEDRIVE_CLIENT_SECRET and PIPEDRIVE_REDIRECT_URI the page works with the real Pipedrive.`

/**
 * Reads flags and environment. Undefined: help was asked for.
 * @throws {UsageError} with a sentence
 */
export function readSettings(flags: readonly string[], environment: Environment): Settings | undefined {
  const { once, help } = readFlags(flags)
  if (help) return undefined
  return {
    once,
    port: readPort(environment['PORT']),
    registration: once ? undefined : readRegistration(environment),
    secrets: readSecrets(environment['PD_SECRETS']),
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

/** All three, or none. */
function readRegistration(environment: Environment): Registration | undefined {
  const names = ['PIPEDRIVE_CLIENT_ID', 'PIPEDRIVE_CLIENT_SECRET', 'PIPEDRIVE_REDIRECT_URI'] as const
  const [clientId = '', clientSecret = '', redirectUri = ''] = names.map((name) => environment[name]?.trim())
  const missing = names.filter((name) => !environment[name]?.trim())
  if (missing.length === names.length) return undefined
  if (missing.length === 0) return { clientId, clientSecret, redirectUri }
  const [verb, pronoun] = missing.length === 1 ? ['is', 'it'] : ['are', 'them']
  throw new UsageError(
    `${missing.join(' and ')} ${verb} missing. Set ${pronoun} to use the real Pipedrive, ` +
      'or none of the three to use the fake one.',
  )
}

function readSecrets(text: string | undefined): readonly string[] | undefined {
  const given = (text ?? '').split(',').filter((secret) => secret.trim() !== '')
  return given.length > 0 ? given : undefined
}
