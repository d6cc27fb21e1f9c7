import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { requirePrivate } from '../files/owner-only.ts'
import { readTextFile } from '../files/read-text-file.ts'
import type { Input } from '../input.ts'
import type { Settings } from './settings.ts'

/**
 * Returns the client secret from the settings, from its file, or from standard input.
 * @throws {CliError} when the file or standard input does not hold a client secret
 */
export async function readClientSecret(
  { clientSecret, clientSecretFile: path = '' }: Settings,
  input: Input,
): Promise<string | readonly string[]> {
  if (clientSecret !== undefined) return clientSecret
  if (path === '-') return secretIn(await input.secret('Client secret: '), 'The input')
  const text = readTextFile(path, 'client secret file')
  if (text === undefined)
    throw new CliError(ExitCode.configuration, `The client secret file ${path} does not exist.`)
  requirePrivate(path, 'Or set PIPEDRIVE_CLIENT_SECRET in its place.')
  return secretIn(text, `The client secret file ${path}`)
}

function secretIn(text: string, source: string): string {
  const secret = text.trim()
  if (/^[\x21-\x7e]+$/.test(secret)) return secret
  throw new CliError(
    ExitCode.configuration,
    `${source} must be the client secret on one line, and nothing else.`,
  )
}
