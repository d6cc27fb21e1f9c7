#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { createFakePipedrive } from './fake-pipedrive.ts'

const DEFAULT_PORT = 4700

const usage = `Usage: fake-pipedrive [options]

Serves a fake Pipedrive on http://127.0.0.1: consent page, OAuth tokens and a small API.

  --port <number>         port to listen on; 0 takes any free port (default: ${DEFAULT_PORT})
  --client-id <id>        default: fake-client-id
  --client-secret <text>  default: fake-client-secret
  --redirect-uri <url>    the app's callback URL (default: http://localhost:3000/pipedrive/callback)
  --rotate                answer every refresh with a new refresh token
  --seed <number>         make every token reproducible
  --help                  show this help`

/** An error in the command line. */
class UsageError extends Error {}

interface Settings {
  readonly port: number
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  readonly redirectUri: string | undefined
  readonly rotateRefreshTokens: boolean
  readonly seed: number | undefined
}

/**
 * Returns the settings from the command line, or undefined for `--help`.
 * @throws {UsageError} when a flag or its value is invalid
 */
function readSettings(): Settings | undefined {
  const { values } = parse()
  if (values.help) return undefined
  const redirectUri = values['redirect-uri']
  if (redirectUri !== undefined && !URL.canParse(redirectUri)) {
    throw new UsageError(`--redirect-uri is not a URL: ${redirectUri}`)
  }
  return {
    port: wholeNumber('--port', values.port, 65_535) ?? DEFAULT_PORT,
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
    redirectUri,
    rotateRefreshTokens: values.rotate,
    seed: wholeNumber('--seed', values.seed, Number.MAX_SAFE_INTEGER),
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        'client-id': { type: 'string' },
        'client-secret': { type: 'string' },
        'redirect-uri': { type: 'string' },
        rotate: { type: 'boolean', default: false },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function wholeNumber(flag: string, given: string | undefined, most: number): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (/^\d+$/.test(given) && value <= most) return value
  throw new UsageError(`${flag} takes a whole number up to ${most}, not '${given}'`)
}

/** Sends a request to the app. Resolves to status 502 if the app does not answer. */
function appFetch(request: Request): Promise<Response> {
  return fetch(request).catch((error: unknown) => new Response(String(error), { status: 502 }))
}

async function serve({ port, ...settings }: Settings): Promise<void> {
  const fake = createFakePipedrive({ ...settings, appFetch })
  const { origin } = await fake.listen({ port })
  console.log(`Fake Pipedrive listens on ${origin}

  OAuth origin    ${origin}
  client id       ${fake.app.clientId}
  client secret   ${fake.app.clientSecret}
  callback URL    ${fake.app.redirectUri}
  scopes          ${fake.app.scopes.join(', ')}

Open ${origin}/ to see users, installations and calls. Ctrl+C ends it.`)

  const stop = () => void fake.close()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

/** Returns the message and the exit code for an error. */
function explain(error: unknown): readonly [message: string, exitCode: number] {
  if (error instanceof UsageError) return [`${error.message}\n\n${usage}`, 2]
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  return [taken ? `${error.message}. Choose another port with --port.` : String(error), 1]
}

try {
  const settings = readSettings()
  if (settings) await serve(settings)
  else console.log(usage)
} catch (error) {
  const [message, exitCode] = explain(error)
  console.error(`fake-pipedrive: ${message}`)
  process.exitCode = exitCode
}
