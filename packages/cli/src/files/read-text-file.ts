import { closeSync, openSync, readSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import type { Limit } from '../input.ts'
import { decodeText } from './decode-text.ts'
import { codeOf } from './owner-only.ts'

export interface TextFileOptions {
  /** Default: a file of any length. */
  readonly limit?: Limit | undefined
  /** Whether characters of another encoding become U+FFFD. Default: they are an error. */
  readonly isLenient?: boolean | undefined
}

/**
 * Returns the text of a file, or undefined if it does not exist. Messages call the file `what`.
 * @throws {CliError} when the file cannot be read, is not text, or is longer than `limit`
 */
export function readTextFile(
  path: string,
  what: string,
  { limit, isLenient = false }: TextFileOptions = {},
): string | undefined {
  try {
    return decodeText(bytesOf(path, limit), !isLenient)
  } catch (error) {
    if (error instanceof CliError) throw error
    const code = codeOf(error)
    if (code === 'ENOENT') return undefined
    throw new CliError(
      ExitCode.configuration,
      `The ${what} ${path} ${reasons[code ?? ''] ?? `cannot be read (${code})`}.`,
    )
  }
}

/** Reads a pipe as well, whose length is not known before its end. */
function bytesOf(path: string, limit: Limit | undefined): Buffer {
  const file = openSync(path, 'r')
  try {
    const chunks: Buffer[] = []
    for (let bytes = 0; ;) {
      const chunk = Buffer.alloc(65_536)
      const read = readSync(file, chunk)
      if (read === 0) return Buffer.concat(chunks)
      bytes += read
      if (limit !== undefined && bytes > limit.most) throw new CliError(ExitCode.usage, limit.tooLong)
      chunks.push(chunk.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read by this user. Check its owner and mode',
  EPERM: 'cannot be read by this user. Check its owner and mode',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'cannot exist: a part of its path is a file, not a folder',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not text in UTF-8, nor in UTF-16 with a byte order mark',
}
