import { PipedriveOAuthError, refuse, type PipedriveOAuth } from '@pd/oauth-core'
import type { Context, Env, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { BlankEnv } from 'hono/types'
import { oauthOf, type OAuthSource } from './oauth-source.ts'

/**
 * An error handler: errors of this library, met by a handler while it calls Pipedrive, become answers; a page whose user
 * has to connect leads to the install link, everybody else gets the status with JSON or a small page, by `Accept`.
 * Other errors go to `otherwise`. Default: what Hono does.
 *
 * @example
 * ```ts
 * import { pipedriveErrors, requireInstallation } from '@pd/oauth-hono'
 * import { Hono } from 'hono'
 *
 * const app = new Hono().get('/deals', requireInstallation(oauth), async (c) =>
 *   c.json(await c.var.installation.api('/api/v2/deals')),
 * )
 * app.onError(pipedriveErrors(oauth))
 * ```
 */
export function pipedriveErrors<E extends Env = BlankEnv>(
  source: OAuthSource<E>,
  otherwise: ErrorHandler<E> = asHonoDoes,
): <Actual extends E>(error: Error, c: Context<Actual>) => Response | Promise<Response> {
  return (error, actual) => {
    const c = actual as unknown as Context<E>
    if (!(error instanceof PipedriveOAuthError)) return otherwise(error, c)
    const answer = refuse(oauthOf(source, c), error, c.req.raw)
    return c.newResponse(answer.body, answer)
  }
}

/** The error as Hono's own, with the answer it stands for. The original is its `cause`. */
export function httpException(
  oauth: PipedriveOAuth,
  error: PipedriveOAuthError,
  request: Request,
): HTTPException {
  const res = refuse(oauth, error, request)
  return new HTTPException(res.status as ContentfulStatusCode, { res, message: error.message, cause: error })
}

function asHonoDoes(error: Error, c: Context): Response {
  if (error instanceof HTTPException) {
    const answer = error.getResponse()
    return c.newResponse(answer.body, answer)
  }
  console.error(error)
  return c.text('Internal Server Error', 500)
}
