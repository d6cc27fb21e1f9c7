import {
  installationFor,
  PipedriveOAuthError,
  ReauthorizationRequiredError,
  type Installation,
  type InstallationId,
} from '@pd/oauth-core'
import type { Context, Env, MiddlewareHandler } from 'hono'
import type { BlankEnv } from 'hono/types'
import { oauthOf, type OAuthSource } from './oauth-source.ts'
import { outlive } from './outlive.ts'
import { httpException } from './pipedrive-errors.ts'

/** What `requireInstallation` adds to `c.var`; for an app's own `Variables`, where handlers are not chained. */
export interface InstallationVariables {
  installation: Installation
}

export interface RequireInstallationOptions<E extends Env = Env> {
  /** Whose installation the request is about. Default: our session cookie, or the signed token of an extension page. */
  readonly identify?: (c: Context<E>) => Promise<InstallationId | undefined> | InstallationId | undefined
  /** The extensions' own JWT secrets, for the default `identify`. Default: the client secret. */
  readonly extensionSecrets?: readonly string[]
  /**
   * Answers when nobody is known, the app is not installed (`not_installed`) or Pipedrive ended the grant
   * (`reauthorization_required`). Default: a page leads to the install link and back, everybody else gets 401 JSON.
   */
  readonly onMissing?: (
    error: ReauthorizationRequiredError,
    c: Context<E>,
  ) => Promise<Response | undefined | void> | Response | undefined | void
}

/**
 * Lets only requests pass that belong to an installation, and puts it, with a valid token at hand, into
 * `c.var.installation`. Warm, it asks neither store nor cipher.
 *
 * @throws {HTTPException} whose `cause` is the `PipedriveOAuthError`, with its status and the answer for this request
 * @example
 * ```ts
 * import { requireInstallation } from '@pd/oauth-hono'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 *   .use('/deals/*', requireInstallation(oauth))
 *   .get('/deals', async (c) => c.json(await c.var.installation.api('/api/v2/deals')))
 * ```
 */
export function requireInstallation<E extends Env = BlankEnv>(
  source: OAuthSource<E>,
  options: RequireInstallationOptions<E> = {},
): MiddlewareHandler<E & { Variables: InstallationVariables }> {
  const { identify, extensionSecrets, onMissing } = options
  return async (own, next) => {
    // The same context, as the app's own functions know it.
    const c = own as unknown as Context<E>
    const oauth = oauthOf(source, c)
    try {
      const installation = await installationFor(oauth, c.req.raw, {
        extensionSecrets,
        ...(identify && { identify: () => identify(c) }),
        waitUntil: (work) => outlive(c, work),
      })
      own.set('installation', installation)
    } catch (error) {
      if (!(error instanceof PipedriveOAuthError)) throw error
      const answer = error instanceof ReauthorizationRequiredError && (await onMissing?.(error, c))
      if (answer) return answer
      throw httpException(oauth, error, c.req.raw)
    }
    return next()
  }
}
