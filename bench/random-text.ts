import { randomBytes } from 'node:crypto'

/** Returns random letters and digits, as long as this. */
export function randomText(length: number): string {
  return randomBytes(Math.ceil(length * 0.75))
    .toString('base64url')
    .slice(0, length)
}
