import type { Check } from '../../machine/problems.ts'
import { jsonBytes } from '../../protocol/json-bytes.ts'

/** The longest reference, in characters and in bytes: it is stored with every record, and travels in a cookie. */
const longestReference = 200
const longestInBytes = 600

/** Checks the application's own name of an installation. It may be left out. */
export function referenceCheck(reference: unknown): Check {
  const isFit =
    typeof reference === 'string' &&
    reference !== '' &&
    reference.length <= longestReference &&
    jsonBytes(reference) <= longestInBytes
  return [
    reference !== undefined && !isFit,
    `reference must be a text of 1 to ${longestReference} characters, and of at most ${longestInBytes} bytes in UTF-8`,
  ]
}
