import type { PipedriveOAuth } from '@pd/oauth-core'
import type { Context, Env } from 'hono'

/**
 * The client, or where to get it for a request: on Workers the bindings, and with them the store, come with each request.
 * The function is called for every request, so it must not make a new client each time; see `oncePerEnvironment`.
 */
export type OAuthSource<E extends Env = Env> = PipedriveOAuth | ((c: Context<E>) => PipedriveOAuth)

export function oauthOf<E extends Env>(source: OAuthSource<E>, c: Context<E>): PipedriveOAuth {
  return typeof source === 'function' ? source(c) : source
}
