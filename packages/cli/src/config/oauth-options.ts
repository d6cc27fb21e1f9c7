import type { PipedriveOAuthOptions } from '@pd/oauth-core'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { permissionProblem } from '../files/owner-only.ts'
import { readTextFile } from '../files/read-text-file.ts'
import type { Input } from '../input.ts'
import type { Output } from '../output.ts'
import { ensureSecrets } from '../secrets/ensure-secrets.ts'
import { reportEvent } from '../report-event.ts'
import type { Settings } from './settings.ts'

/**
 * What a client is made with, but for its store.
 * @throws {CliError} when a file with a secret cannot be used
 */
export async function oauthOptions(
  settings: Settings,
  input: Input,
  output: Output,
): Promise<PipedriveOAuthOptions> {
  const { clientId = '', redirectUri, scopes, endpoints, secrets } = settings
  const { oauth, api } = endpoints
  return {
    clientId,
    clientSecret: settings.clientSecret ?? (await clientSecretFrom(settings.clientSecretFile, input, output)),
    redirectUri,
    scopes,
    endpoints: { ...(oauth === undefined ? {} : { oauth }), ...(api === undefined ? {} : { api }) },
    secrets: 'path' in secrets ? ensureSecrets(secrets, output) : secrets,
    onEvent: (event) => reportEvent(event, output),
  }
}

async function clientSecretFrom(path: string | undefined, input: Input, output: Output): Promise<string> {
  if (path === undefined) return ''
  const text = path === '-' ? await input.secret('Client secret: ') : readTextFile(path, 'client secret file')
  if (text === undefined)
    throw new CliError(ExitCode.configuration, `The client secret file ${path} does not exist.`)
  const problem = path === '-' ? undefined : permissionProblem(path)
  if (problem !== undefined) output.warning(problem)
  const secret = text.trim()
  if (/^[\x21-\x7e]+$/.test(secret)) return secret
  const where = path === '-' ? 'Standard input' : `The client secret file ${path}`
  throw new CliError(
    ExitCode.configuration,
    `${where} must hold the client secret, on one line, and nothing else.`,
  )
}
