import { randomBytes } from 'node:crypto'

/** A sealing secret: 256 random bits, in letters, digits, `-` and `_`. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
