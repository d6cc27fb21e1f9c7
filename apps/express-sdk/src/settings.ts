import { ConfigurationError } from '@pd/oauth-core'

/** The settings that the application reads from its environment. */
export interface Settings {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  /** The sealing secrets, newest first. */
  readonly secrets: readonly string[]
  readonly database: string
  readonly port: number
  /** The origin of a fake Pipedrive. Default: the real Pipedrive. */
  readonly pipedriveOrigin: string | undefined
}

const needed = {
  PIPEDRIVE_CLIENT_ID: 'the client id from the Developer Hub',
  PIPEDRIVE_CLIENT_SECRET: 'the client secret from the Developer Hub',
  PD_OAUTH_SECRETS:
    '32 random characters or more, which seal what is stored; several with commas between, newest first',
} as const

/** @throws {ConfigurationError} which names everything that is missing or wrong */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems = Object.entries(needed).flatMap(([name, what]) =>
    environment[name] ? [] : [`${name} is not set: ${what}`],
  )
  const port = Number(environment['PORT'] || 3000)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    problems.push('PORT must be a whole number from 0 to 65535')
  if (problems.length > 0) throw new ConfigurationError(problems)
  const redirectUri = environment['PIPEDRIVE_REDIRECT_URI'] ?? 'http://localhost:3000/callback'
  return {
    clientId: environment['PIPEDRIVE_CLIENT_ID'] ?? '',
    clientSecret: environment['PIPEDRIVE_CLIENT_SECRET'] ?? '',
    secrets: environment['PD_OAUTH_SECRETS']?.split(',') ?? [],
    redirectUri,
    database: environment['DATABASE'] ?? '.data/installations.db',
    port,
    pipedriveOrigin: environment['PIPEDRIVE_ORIGIN'],
  }
}
