import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { readTextFile } from '../files/read-text-file.ts'
import type { Input } from '../input.ts'

/** How much one import reads from a file or from standard input: all of it is in memory. */
const mostMegabytes = 128
const most = mostMegabytes * 1_048_576

/**
 * Returns the text of a file, or of standard input for `-`. Characters of another encoding are U+FFFD.
 * @throws {CliError} when the file cannot be read, or when there is more than 128 MB
 */
export async function sourceText(source: string, input: Input): Promise<string> {
  if (source !== '-' && isSqlite(source))
    throw new CliError(ExitCode.usage, `${source} is a SQLite database: pd-oauth import sqlite:${source}`)
  const text =
    source === '-'
      ? await input.line('Rows, as JSON: ', { most, tooLong: tooLong('Standard input') })
      : readTextFile(source, 'file', { limit: { most, tooLong: tooLong(source) }, isLenient: true })
  if (text === undefined) throw new CliError(ExitCode.configuration, `The file ${source} does not exist.`)
  return text
}

function tooLong(what: string): string {
  return `${what} has more than ${mostMegabytes} MB. Import it in parts: split -l 50000 makes such files, and in CSV each needs the first line.`
}

/** Whether a file begins as SQLite's do. A file that cannot be read does not. */
function isSqlite(path: string): boolean {
  const head = Buffer.alloc(15)
  try {
    if (!statSync(path).isFile()) return false
    const file = openSync(path, 'r')
    readSync(file, head)
    closeSync(file)
  } catch {}
  return head.toString('latin1') === 'SQLite format 3'
}
