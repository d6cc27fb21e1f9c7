import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { requirePrivate } from '../files/owner-only.ts'
import { readTextFile } from '../files/read-text-file.ts'

/** A line of base64 or hexadecimal digits: secrets look like this, lines of other files hardly ever do. */
const secretLine = /^[\w+/=.~-]{32,512}$/

/**
 * Returns the sealing secrets of a file, newest first, or undefined if the file does not exist. The file has one secret
 * per line; empty lines and lines that begin with # are skipped.
 * @throws {CliError} when the file holds anything else, or another user owns it or has access to it
 */
export function readSecrets(path: string): string[] | undefined {
  const text = readTextFile(path, 'secrets file')
  if (text === undefined) return undefined
  requirePrivate(path, 'Or set PD_OAUTH_SECRETS in its place.')
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const secrets = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (secrets.length === 0 || !secrets.every((line) => secretLine.test(line)))
    throw new CliError(
      ExitCode.configuration,
      `${path} is ${secrets.length === 0 ? 'empty' : 'not a secrets file'}. A secrets file has one secret of 32 letters and ` +
        'digits or more per line, the newest first. The file was not changed. If it was damaged, restore it: stored ' +
        'records can be read with its secrets only. Otherwise name another file with --secrets-file.',
    )
  return secrets
}
