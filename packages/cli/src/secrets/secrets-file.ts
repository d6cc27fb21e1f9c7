import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { permissionProblem } from '../files/owner-only.ts'
import { readTextFile } from '../files/read-text-file.ts'
import type { Output } from '../output.ts'

/** Base64, hex and their like: what secrets are made of, and other files hardly. */
const secretLine = /^[\w+/=.~-]{32,512}$/

/**
 * The sealing secrets in a file, newest first; undefined when there is no such file. One secret per line; empty lines
 * and those that begin with # do not count.
 * @throws {CliError} when the file holds anything else
 */
export function readSecrets(path: string, output: Output): string[] | undefined {
  const text = readTextFile(path, 'file of sealing secrets')
  if (text === undefined) return undefined
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const secrets = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (secrets.length === 0 || !secrets.every((line) => secretLine.test(line)))
    throw new CliError(
      ExitCode.configuration,
      `${path} is ${secrets.length === 0 ? 'empty' : 'not a file of sealing secrets'}: it should hold one per line, of 32 ` +
        'letters and digits or more, the newest first. It was left as it is. If it was damaged, restore it, because ' +
        'what is stored opens with these secrets only; otherwise name another file with --secrets-file.',
    )
  const problem = permissionProblem(path)
  if (problem !== undefined) output.warning(problem)
  return secrets
}
