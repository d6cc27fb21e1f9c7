import { jsonBytes } from '../../protocol/json-bytes.ts'
import type { Rule } from '../runtime/check-options.ts'

/** The longest reference, in characters and in bytes: it is stored with every record, and travels in a cookie. */
const longestReference = 200
const longestInBytes = 600

/** The application's own name of an installation. */
export const aReference: Rule = [
  (value) =>
    typeof value === 'string' &&
    value !== '' &&
    value.length <= longestReference &&
    jsonBytes(value) <= longestInBytes,
  `a text of 1 to ${longestReference} characters, and of at most ${longestInBytes} bytes in UTF-8`,
]
