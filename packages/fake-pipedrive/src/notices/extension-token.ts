import { SignJWT } from 'jose'
import type { User } from '../directory.ts'

/** The options of an app extension's token. */
export interface ExtensionTokenOptions {
  /** The extension's own JWT secret. Default: the client secret. */
  readonly secret?: string | undefined
  /** The lifetime in milliseconds; negative for a token that has already expired. Default: 5 minutes. */
  readonly expiresInMs?: number | undefined
  /** Claims to add or replace. `undefined` removes a claim. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/** Returns the JWT with which Pipedrive opens an app's iframe: HS256, with `userId`, `companyId`, `iat` and `exp`. */
export function signExtensionToken(
  user: User,
  { secret, expiresInMs = 5 * 60_000, claims = {} }: ExtensionTokenOptions & { readonly secret: string },
  now: number,
): Promise<string> {
  const seconds = (at: number) => Math.floor(at / 1000)
  const own = {
    userId: user.id,
    companyId: user.companyId,
    iat: seconds(now),
    exp: seconds(now + expiresInMs),
  }
  return new SignJWT({ ...own, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret))
}
