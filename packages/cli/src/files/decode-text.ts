/**
 * Returns the text of bytes without its byte order mark: UTF-16 if they begin with the mark of that, else UTF-8. What is not of this
 * encoding becomes U+FFFD.
 * @throws {TypeError} `ERR_ENCODING_INVALID_ENCODED_DATA` instead, if `fatal`
 */
export function decodeText(bytes: Uint8Array, fatal = false): string {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding, { fatal }).decode(bytes)
}
