import { randomBytes } from 'node:crypto'

/** Returns a new sealing secret: 256 random bits as letters, digits, `-` and `_`. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
