import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { codeOf } from './owner-only.ts'

/**
 * Returns the text of a file, or undefined if it does not exist. Messages call the file `what`.
 * @throws {CliError} when the file cannot be read or is not text
 */
export function readTextFile(path: string, what: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return undefined
    throw new CliError(
      ExitCode.configuration,
      `The ${what} ${path} ${reasons[code ?? ''] ?? `cannot be read (${code})`}.`,
    )
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read by this user. Check its owner and mode',
  EPERM: 'cannot be read by this user. Check its owner and mode',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'cannot exist: a part of its path is a file, not a folder',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not a text file',
}
