import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { codeOf } from './owner-only.ts'

/**
 * The text of a file, or undefined when there is none. `what` is what it is called in messages.
 * @throws {CliError} when it cannot be read, or is not text
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
  EACCES: 'cannot be read: this user may not. Check its owner and mode',
  EPERM: 'cannot be read: this user may not. Check its owner and mode',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'cannot be there: a part of its path is a file, not a folder',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not a text file',
}
