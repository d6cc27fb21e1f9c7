import type { MiddlewareHandler } from 'hono'
import type { Backend } from '../backend.ts'
import type { ServerEnvironment } from '../http/server-environment.ts'
import { apiError } from './api-error.ts'
import type { BurstWindow } from './rate-limits.ts'

/** Returns the token of an `Authorization: Bearer` header. */
export const bearerToken = (headers: Headers): string | undefined =>
  /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]

/** Admits a call if its token is valid, its host belongs to the token's company, and the company pays. */
export function admission({ grants, directory, unpaid }: Backend): MiddlewareHandler<ServerEnvironment> {
  return async (c, next) => {
    const unauthorized = () => apiError(401, 'unauthorized access')
    const { site } = c.env
    const access = grants.accessToken(bearerToken(c.req.raw.headers) ?? '')
    if (!grants.isLive(access)) return unauthorized()
    const company = directory.company(access.grant.user.companyId)
    if (site.company && site.company.id !== company.id) return unauthorized()
    if (unpaid.has(company.id)) return apiError(402, 'Payment required: the company account is not open')
    c.set('access', access)
    c.set('company', company)
    return next()
  }
}

/**
 * Requires one of these scopes, and charges `cost` API tokens to the company's daily budget.
 * @param window which burst window the call counts in. Searches have a smaller one of their own. Default: `all`.
 */
export function charge(
  { limits }: Backend,
  cost: number,
  scopes: readonly string[],
  window: BurstWindow = 'all',
): MiddlewareHandler<ServerEnvironment> {
  return async (c, next) => {
    const { grant, token } = c.get('access')
    if (!scopes.some((scope) => grant.scopes.includes(scope))) return apiError(403, 'Scope and URL mismatch')
    const verdict = limits.take(token, c.get('company'), cost, window)
    if (verdict.refused === 'burst') return apiError(429, 'Rate limit exceeded', verdict.headers)
    if (verdict.refused === 'daily') return apiError(429, 'Daily API token budget exceeded', verdict.headers)
    await next()
    for (const [name, value] of Object.entries(verdict.headers)) c.res.headers.set(name, value)
    return undefined
  }
}
