import type { AppRegistration } from '../app-registration.ts'
import type { Backend } from '../backend.ts'
import { oauthErrorResponse, oauthErrors } from './oauth-error.ts'
import { readForm } from './read-form.ts'

/**
 * Returns the form of an authenticated request, or the response that refuses it. The app authenticates with HTTP Basic,
 * or with `client_id` and `client_secret` in the form, which Pipedrive accepts but does not recommend.
 * @see [Migrating existing users](https://pipedrive.readme.io/docs/marketplace-migrating-existing-integration-users)
 */
export async function authenticatedForm(
  { app, invalidClientStatus }: Backend,
  request: Request,
): Promise<URLSearchParams | Response> {
  const form = await readForm(request)
  if (!form) return oauthErrorResponse(oauthErrors.contentType)
  const authorization = request.headers.get('authorization')
  const given = authorization ? basicCredentials(authorization) : formCredentials(form)
  if (!given) return oauthErrorResponse(oauthErrors.noCredentials, invalidClientStatus)
  if (given !== credentialsOf(app))
    return oauthErrorResponse(oauthErrors.wrongCredentials, invalidClientStatus)
  return form
}

/** Returns the `Authorization` header of an app: Basic, in standard base64 with padding. */
export const basicAuthorization = (app: AppRegistration): string => `Basic ${btoa(credentialsOf(app))}`

const credentialsOf = (app: AppRegistration) => `${app.clientId}:${app.clientSecret}`

function basicCredentials(authorization: string): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  if (!encoded || encoded.length % 4 !== 0) return undefined
  return atob(encoded)
}

function formCredentials(form: URLSearchParams): string | undefined {
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  return id && secret ? `${id}:${secret}` : undefined
}
