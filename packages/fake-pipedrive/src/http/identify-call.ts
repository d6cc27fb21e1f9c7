import { bearerToken } from '../api/admission.ts'
import type { Backend } from '../backend.ts'
import type { Subject } from '../call-log.ts'
import type { User } from '../directory.ts'
import { readForm } from '../oauth/read-form.ts'
import { endpointAt, type Site } from './site.ts'

/** Returns what a request is about. Reads a copy, so that the body stays unread. */
export async function identifyCall(backend: Backend, request: Request, site: Site): Promise<Subject> {
  const endpoint = endpointAt(site, new URL(request.url).pathname)
  if (endpoint === 'api') return { endpoint, ...bearer(backend, request) }
  if (endpoint !== 'token' && endpoint !== 'revoke') return { endpoint }
  const form = await readForm(request.clone())
  return form
    ? { endpoint, ...(endpoint === 'token' ? ofTokenForm(backend, form) : ofRevokeForm(backend, form)) }
    : { endpoint }
}

function bearer({ grants }: Backend, request: Request): Partial<Subject> {
  const accessToken = bearerToken(request.headers)
  return accessToken ? { accessToken, ...by(grants.accessToken(accessToken)?.grant.user) } : {}
}

function ofTokenForm({ grants, directory }: Backend, form: URLSearchParams): Partial<Subject> {
  const grantType = form.get('grant_type')
  const code = form.get('code')
  const refreshToken = form.get('refresh_token')
  const apiToken = form.get('api_token')
  return {
    ...(grantType && { grantType }),
    ...(code && { code, ...by(grants.code(code)?.user) }),
    ...(refreshToken && { refreshToken, ...by(grants.byRefreshToken(refreshToken)?.user) }),
    ...(apiToken && by(directory.userByApiToken(apiToken))),
  }
}

function ofRevokeForm({ grants }: Backend, form: URLSearchParams): Partial<Subject> {
  const token = form.get('token') ?? ''
  const access = grants.accessToken(token)
  if (access) return { accessToken: token, ...by(access.grant.user) }
  return { refreshToken: token, ...by(grants.byRefreshToken(token)?.user) }
}

const by = (user: User | undefined): Partial<Subject> => (user ? { user } : {})
