import { jsonBytes } from './json-bytes.ts'

/** The longest path, in bytes of the cookie that carries it. */
export const longestPath = 1_200

/**
 * Returns whether a value is a path on our own origin, so that a user may be sent there. It must not be the address of
 * another host in any of the spellings that browsers accept (`//host`, `/\host`, schemes, control characters), nor become one
 * when its dots are resolved (`/..//host`).
 */
export function isReturnPath(value: unknown): value is string {
  if (
    typeof value !== 'string' ||
    !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e\u00a0-\uffff]*$/.test(value) ||
    jsonBytes(value) > longestPath
  )
    return false
  const own = 'https://own.invalid'
  const url = URL.parse(value, own)
  // Stryker disable next-line all: the pattern lets no other origin pass, but the parser that browsers share has the last word
  if (url?.origin !== own) return false
  return !url.pathname.startsWith('//')
}
