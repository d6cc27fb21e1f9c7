import { jwtVerify } from 'jose/jwt/verify'
import QuickLRU from 'quick-lru'
import * as v from 'valibot'
import { installationIdOf, type InstallationId } from '../../machine/account.ts'
import { id } from '../../protocol/pipedrive-id.ts'
import { ForbiddenRequestError } from '../../errors.ts'

/** Who looks at an extension page, as Pipedrive's signed token says. */
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
 * The signed tokens that Pipedrive adds to the addresses of panels, modals and settings pages. What was verified once is
 * known by its text, until it expires.
 */
export class ExtensionTokens {
  readonly #verified = new QuickLRU<string, Verified>({ maxSize: remembered })

  /**
   * Who looks at the page: HS256 only, with `exp`, signed by one of the secrets; every one is tried.
   * @throws {ForbiddenRequestError} `bad_signature`
   * @see [Pipedrive: custom UI extensions](https://pipedrive.readme.io/docs/custom-ui-extensions) and [RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725.html#section-3.1)
   */
  async verify(jwt: string, secrets: readonly string[], now: number): Promise<ExtensionUser> {
    const known = this.#verified.get(jwt)
    if (known !== undefined && now < known.expiresAt && secrets.includes(known.secret)) return known.user
    const attempts = await Promise.all(secrets.map((secret) => verified(jwt, secret, now)))
    const found = attempts.find((attempt) => attempt !== undefined)
    if (found === undefined)
      throw new ForbiddenRequestError(
        'bad_signature',
        'The extension token is not signed with a known secret, has expired, or names no user and company.',
      )
    this.#verified.set(jwt, found)
    return found.user
  }
}

async function verified(jwt: string, secret: string, now: number): Promise<Verified | undefined> {
  const parsed = v.safeParse(claims, await payloadOf(jwt, secret, now))
  if (!parsed.success) return undefined
  const { companyId, userId, exp } = parsed.output
  const user = { companyId, userId, installationId: installationIdOf({ companyId, userId }) }
  return { user, secret, expiresAt: exp * 1_000 }
}

async function payloadOf(jwt: string, secret: string, now: number): Promise<unknown> {
  try {
    const options = { algorithms: ['HS256'], requiredClaims: ['exp'], currentDate: new Date(now) }
    return (await jwtVerify(jwt, new TextEncoder().encode(secret), options)).payload
  } catch {
    return undefined
  }
}
