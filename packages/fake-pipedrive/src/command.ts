#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { optionsOf } from './check/argument-checks.ts'
import { refuseUnless, suggestion } from './check/check.ts'
import { fakePipedriveOptions } from './check/option-checks.ts'
import type { ListenOptions } from './http/listen.ts'
import type { FakePipedriveOptions } from './options.ts'
import { defaultFakePort, isPortTaken, startFakePipedrive } from './start-fake-pipedrive.ts'

const usage = `Usage: fake-pipedrive [options]

Serves a fake Pipedrive on http://127.0.0.1: consent page, OAuth tokens and a part of the API.

  --port <number>             port to listen on; 0 takes any free port (default: ${defaultFakePort})
  --host <address>            address to listen on (default: 127.0.0.1)
  --allow-host <host:port>    answer to this Host header as well, as in a container; may be repeated
  --client-id <id>            default: fake-client-id
  --client-secret <text>      default: fake-client-secret
  --redirect-uri <url>        the app's callback URL (default: http://localhost:3000/pipedrive/callback)
  --app-name <text>           the app's name on the pages (default: Your app)
  --scopes <list>             the app's scopes, separated by commas (default: deals:full)
  --panel-url <url>           the app's panel, which /__fake/panel?user=1001:11 shows in a frame
  --access-token-seconds <n>  lifetime of an access token (default: 3600)
  --burst-limit <number>      requests per access token in 2 seconds (default: by plan)
  --daily-budget <number>     API tokens per company and day (default: by plan and seats)
  --rate-limit-headers <which>  all, burst or none (default: all)
  --rotate                    answer every refresh with a new refresh token
  --seed <number>             make every token reproducible
  --help                      show this help`

/** An error in the command line. */
class UsageError extends Error {}

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  'redirect-uri': { type: 'string' },
  'app-name': { type: 'string' },
  scopes: { type: 'string' },
  'panel-url': { type: 'string' },
  'access-token-seconds': { type: 'string' },
  'burst-limit': { type: 'string' },
  'daily-budget': { type: 'string' },
  'rate-limit-headers': { type: 'string' },
  rotate: { type: 'boolean', default: false },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

interface Settings {
  readonly fake: FakePipedriveOptions
  readonly listen: ListenOptions
}

/**
 * Returns the settings from the command line, or undefined for `--help`.
 * @throws {UsageError} when a flag or its value is invalid
 */
function readSettings(): Settings | undefined {
  const { values } = parse()
  if (values.help) return undefined
  for (const name of ['redirect-uri', 'panel-url'] as const) {
    const url = values[name]
    if (url !== undefined && !URL.canParse(url)) throw new UsageError(`--${name} is not a URL: ${url}`)
  }
  const seconds = wholeNumber('--access-token-seconds', values['access-token-seconds'])
  return checked({
    fake: {
      clientId: values['client-id'],
      clientSecret: values['client-secret'],
      redirectUri: values['redirect-uri'],
      appName: values['app-name'],
      scopes: values.scopes?.split(',').map((scope) => scope.trim()),
      panelUrl: values['panel-url'],
      accessTokenLifetimeMs: seconds === undefined ? undefined : seconds * 1_000,
      burstLimit: wholeNumber('--burst-limit', values['burst-limit']),
      dailyBudget: wholeNumber('--daily-budget', values['daily-budget']),
      rateLimitHeaders: values['rate-limit-headers'] as FakePipedriveOptions['rateLimitHeaders'],
      rotateRefreshTokens: values.rotate,
      seed: wholeNumber('--seed', values.seed),
    },
    listen: {
      port: wholeNumber('--port', values.port, 65_535),
      host: values.host,
      allowedHosts: values['allow-host'],
    },
  })
}

/**
 * Returns the settings if the fake accepts them.
 * @throws {UsageError} with the sentence of the fake
 */
function checked(settings: Settings): Settings {
  try {
    refuseUnless(fakePipedriveOptions, settings.fake, 'the flags')
    refuseUnless(optionsOf.listen, settings.listen, 'the flags')
    return settings
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function parse() {
  try {
    return parseArgs({ options: flags })
  } catch (error) {
    const { message } = error as Error
    const name = /^Unknown option '--([^']+)'/.exec(message)?.[1]
    const hint = suggestion(name, Object.keys(flags)).replace("'", "'--")
    throw new UsageError(name === undefined ? message : `Unknown option '--${name}'${hint}`, { cause: error })
  }
}

function wholeNumber(
  flag: string,
  given: string | undefined,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (/^\d+$/.test(given) && value <= most) return value
  throw new UsageError(`${flag} takes a whole number up to ${most}, not '${given}'`)
}

async function serve(settings: Settings): Promise<void> {
  const { fake, origin } = await startFakePipedrive(settings.fake, settings.listen)
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
  return [isPortTaken(error) ? error.message : String(error), 1]
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
