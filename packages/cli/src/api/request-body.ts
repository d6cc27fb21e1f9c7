import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import { ExitCode } from '../exit-code.ts'
import { codeOf } from '../files/owner-only.ts'
import type { Input } from '../input.ts'

/**
 * Returns the body that `-d` names: the content of `@file`, standard input for `-`, else the text itself.
 * @throws {CliError} when the file cannot be read
 */
export async function requestBody(data: string, input: Input): Promise<string | Uint8Array<ArrayBuffer>> {
  if (data === '-') return input.bytes()
  return data.startsWith('@') ? contentOf(data.slice(1)) : data
}

function contentOf(path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(path))
  } catch (cause) {
    throw new CliError(ExitCode.configuration, `The file ${path} cannot be read (${codeOf(cause)}).`, {
      cause,
    })
  }
}
