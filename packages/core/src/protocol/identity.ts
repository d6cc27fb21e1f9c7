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

const identity = v.object({
  data: v.object({
    id,
    company_id: id,
    company_name: v.nullish(v.string()),
    company_domain: v.nullish(v.string()),
    name: v.nullish(v.string()),
    email: v.nullish(v.string()),
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
  }
}
