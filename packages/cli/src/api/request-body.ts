import { readFileSync } from 'node:fs'
import type { Input } from '../input.ts'

/** What `-d` means: `@file`, `-` for standard input, or the text itself. */
export async function requestBody(data: string, input: Input): Promise<string | Uint8Array<ArrayBuffer>> {
  if (data === '-') return input.line('')
  return data.startsWith('@') ? new Uint8Array(readFileSync(data.slice(1))) : data
}
