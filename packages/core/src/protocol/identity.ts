import * as v from 'valibot'
import type { Account } from '../machine/account.ts'
import { id } from './pipedrive-id.ts'
import type { HttpRequest } from './http.ts'

/**
 * The request that tells whose tokens these are: a token response carries no ids.
 * @see [Pipedrive: Users, get current user data](https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser)
 */
export function identityRequest(apiDomain: string, accessToken: string): HttpRequest {
  return {
    url: new URL('/api/v1/users/me', apiDomain).href,
    method: 'GET',
    headers: { accept: 'application/json', authorization: `Bearer ${accessToken}` },
  }
}

/** A text that is nice to have: one that is something else must not throw the answer away. */
const text = v.fallback(v.optional(v.string()), undefined)
/** A flag as a truth value or as 0 and 1. */
const flag = v.fallback(v.optional(v.union([v.boolean(), v.literal(0), v.literal(1)])), undefined)

const identity = v.object({
  data: v.object({
    id,
    company_id: id,
    company_name: text,
    company_domain: text,
    name: text,
    email: text,
    is_admin: flag,
  }),
})

/** The account in an answer to `identityRequest`; undefined when it is not one. */
export function readIdentity(body: string | undefined): Account | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), identity), body)
  if (!parsed.success) return undefined
  const { data } = parsed.output
  return {
    companyId: data.company_id,
    userId: data.id,
    ...(data.company_name ? { companyName: data.company_name } : {}),
    ...(data.company_domain ? { companyDomain: data.company_domain } : {}),
    ...(data.name ? { userName: data.name } : {}),
    ...(data.email ? { email: data.email } : {}),
    ...(data.is_admin === undefined ? {} : { isAdmin: Boolean(data.is_admin) }),
  }
}
