import type { PipedriveOAuth } from '@pd/oauth-core'
import type { Context } from 'hono'

/** Gives the client of a request's bindings; outside of a request, as in `scheduled`, of `{ env }`. */
export interface EnvironmentOAuth<Bindings extends object> {
  (c: { readonly env: Bindings }): PipedriveOAuth
  (c: Context<{ Bindings: Bindings }>): PipedriveOAuth
}

/**
 * Makes one client for each set of bindings and gives it again for every further request that comes with them. Memory,
 * shared refreshes and imported keys live in the client, so one per request would do without all three.
 *
 * On Workers the bindings are one object for the life of an isolate. Where a server makes a new one per request (Node,
 * Deno), construct the client once and pass it itself.
 *
 * @example
 * ```ts
 * import { PipedriveOAuth } from '@pd/oauth-core'
 * import { oncePerEnvironment, pipedriveAuth } from '@pd/oauth-hono'
 * import { Hono } from 'hono'
 *
 * interface Bindings {
 *   PIPEDRIVE_CLIENT_ID: string
 *   PIPEDRIVE_CLIENT_SECRET: string
 *   SEALING_SECRET: string
 * }
 *
 * const oauth = oncePerEnvironment(
 *   (env: Bindings) =>
 *     new PipedriveOAuth({
 *       clientId: env.PIPEDRIVE_CLIENT_ID,
 *       clientSecret: env.PIPEDRIVE_CLIENT_SECRET,
 *       redirectUri: 'https://app.example.com/pipedrive/callback',
 *       secrets: [env.SEALING_SECRET],
 *     }),
 * )
 * const app = new Hono<{ Bindings: Bindings }>().route('/pipedrive', pipedriveAuth(oauth).routes)
 * ```
 */
export function oncePerEnvironment<Bindings extends object>(
  make: (env: Bindings) => PipedriveOAuth,
): EnvironmentOAuth<Bindings> {
  const made = new WeakMap<Bindings, PipedriveOAuth>()
  return ({ env }: { readonly env: Bindings }) => {
    const known = made.get(env)
    if (known !== undefined) return known
    const oauth = make(env)
    made.set(env, oauth)
    return oauth
  }
}
