import { JWTClaimValidationFailed, JWTExpired } from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { installationIdOf, type InstallationId } from '../../machine/account.ts'
import { id } from '../../protocol/pipedrive-id.ts'
import { ForbiddenRequestError } from '../../errors.ts'

/** The user who looks at an extension page, from Pipedrive's signed token. */
export interface ExtensionUser {
  readonly companyId: number
  readonly userId: number
  readonly installationId: InstallationId
}

const claims = v.object({ companyId: id, userId: id, exp: v.number() })
const remembered = 10_000

interface Verified {
  readonly user: ExtensionUser
  readonly secret: string
  readonly expiresAt: number
}

/**
 * Verifies the signed tokens that Pipedrive adds to the addresses of panels, modals and settings pages. Remembers each
 * verified token by its text until it expires.
 */
export class ExtensionTokens {
  readonly #verified = new QuickLRU<string, Verified>({ maxSize: remembered })

  /**
   * Returns the user who looks at the page. Accepts HS256 only, with `exp`, signed with any of the secrets.
   * @throws {ForbiddenRequestError} `bad_signature`, `extension_token_expired`
   * @see [Pipedrive: custom UI extensions](https://pipedrive.readme.io/docs/custom-ui-extensions) and [RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725.html#section-3.1)
   */
  async verify(jwt: string, secrets: readonly string[], time: Time): Promise<ExtensionUser> {
    const known = this.#verified.get(jwt)
    const isKnown = known !== undefined && secrets.includes(known.secret)
    if (isKnown && time.now < known.expiresAt + time.skewMs) return known.user
    const results = await Promise.all(secrets.map((secret) => verified(jwt, secret, time)))
    const found = results.find((result) => typeof result === 'object')
    if (found !== undefined) {
      this.#verified.set(jwt, found)
      return found.user
    }
    if (results.includes('untimely'))
      throw new ForbiddenRequestError(
        'extension_token_expired',
        'The extension token has expired, or is not valid yet. Reload the panel: Pipedrive then gives it a new token.',
      )
    throw new ForbiddenRequestError(
      'bad_signature',
      'The extension token is not signed with a known secret, or names no user, no company or no time of expiry.',
    )
  }
}

/** The present, and how far the clocks of Pipedrive and this machine may differ. */
interface Time {
  readonly now: number
  readonly skewMs: number
}

async function verified(jwt: string, secret: string, time: Time): Promise<Verified | 'untimely' | undefined> {
  try {
    const options = {
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
      currentDate: new Date(time.now),
      clockTolerance: time.skewMs / 1_000,
    }
    const { payload } = await jwtVerify(jwt, new TextEncoder().encode(secret), options)
    const parsed = v.safeParse(claims, payload)
    if (!parsed.success) return undefined
    const { companyId, userId, exp } = parsed.output
    const user = { companyId, userId, installationId: installationIdOf({ companyId, userId }) }
    return { user, secret, expiresAt: exp * 1_000 }
  } catch (error) {
    return isUntimely(error) ? 'untimely' : undefined
  }
}

/** `jose` looks at the times of a token only after its signature. */
function isUntimely(error: unknown): boolean {
  if (error instanceof JWTExpired) return true
  return error instanceof JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed'
}
