/** Returns whether a text has control characters, line breaks, zero-width characters or lone halves of surrogate pairs. */
export function hasInvisible(text: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
}
