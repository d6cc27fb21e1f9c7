/** A longer one would not fit into the cookie that keeps it. */
const longestPath = 1_000

/**
 * Whether a value is a path on our own origin, so that a user may be sent there: not another host's address in
 * any of the spellings that browsers accept (`//host`, `/\host`, schemes, control characters).
 */
export function isReturnPath(value: unknown): value is string {
  if (
    typeof value !== 'string' ||
    value.length > longestPath ||
    !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e\u00a0-\uffff]*$/.test(value)
  )
    return false
  const own = 'https://own.invalid'
  return URL.canParse(value, own) && new URL(value, own).origin === own
}
