import type { AppRegistration } from '../app-registration.ts'
import { oauthErrors, type OAuthError } from './oauth-error.ts'

/**
 * Checks the app's own credentials: HTTP Basic, or `client_id` and `client_secret` in the form, which Pipedrive
 * accepts without recommending it.
 * @returns the refusal, or undefined when they are right.
 */
export function authenticateClient(
  app: AppRegistration,
  authorization: string | null,
  form: URLSearchParams,
): OAuthError | undefined {
  const given = authorization ? basicCredentials(authorization) : formCredentials(form)
  if (!given) return oauthErrors.noCredentials
  return given === `${app.clientId}:${app.clientSecret}` ? undefined : oauthErrors.wrongCredentials
}

/** The value of an `Authorization` header for `id:secret`, in the standard base64 alphabet with padding. */
export const basicAuthorization = (id: string, secret: string): string => `Basic ${btoa(`${id}:${secret}`)}`

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
