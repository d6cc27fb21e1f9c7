/**
 * Returns a token without the white space around it, such as the line break at the end of a file. Undefined: the rest is not
 * visible ASCII, so it is no token. A header could not carry it, and the runtime's error would print it.
 * @see [RFC 6749 appendix A.12](https://www.rfc-editor.org/rfc/rfc6749.html#appendix-A.12)
 */
export function readTokenText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  return /^[\x21-\x7e]+$/.test(text) ? text : undefined
}
