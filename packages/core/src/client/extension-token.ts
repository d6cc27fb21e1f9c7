import { jwtVerify } from 'jose/jwt/verify'
import * as v from 'valibot'
import { installationIdOf, type InstallationId } from '../machine/account.ts'
import { id } from '../protocol/pipedrive-id.ts'
import { ForbiddenRequestError } from '../errors.ts'

/** Who looks at an extension page, as Pipedrive's signed token says. */
export interface ExtensionUser {
  readonly companyId: number
  readonly userId: number
  readonly installationId: InstallationId
}

const claims = v.object({ companyId: id, userId: id })

/**
 * Verifies the token that Pipedrive adds to the addresses of panels, modals and settings pages: HS256 only, with
 * `exp`, signed by one of the secrets; every one is tried.
 * @see [Pipedrive: custom UI extensions](https://pipedrive.readme.io/docs/custom-ui-extensions) and [RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725.html#section-3.1)
 */
export async function verifyExtensionToken(
  jwt: string,
  secrets: readonly string[],
  now: number,
): Promise<ExtensionUser> {
  const verified = await Promise.all(secrets.map((secret) => payloadOf(jwt, secret, now)))
  const parsed = v.safeParse(
    claims,
    verified.find((payload) => payload !== undefined),
  )
  if (!parsed.success)
    throw new ForbiddenRequestError(
      'bad_signature',
      'The extension token is not signed with a known secret, has expired, or names no user and company.',
    )
  return { ...parsed.output, installationId: installationIdOf(parsed.output) }
}

async function payloadOf(jwt: string, secret: string, now: number): Promise<unknown> {
  try {
    const options = { algorithms: ['HS256'], requiredClaims: ['exp'], currentDate: new Date(now) }
    return (await jwtVerify(jwt, new TextEncoder().encode(secret), options)).payload
  } catch {
    return undefined
  }
}
