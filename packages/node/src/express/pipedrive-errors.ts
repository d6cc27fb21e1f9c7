import type { ServerResponse } from 'node:http'
import { PipedriveOAuthError, refuse, type PipedriveOAuth } from '@pd/oauth-core'
import type { ReceivedRequest } from '../listener/received-request.ts'
import { sendAnswer } from '../listener/send-answer.ts'
import { requestHead } from '../listener/web-request.ts'

/** An error handler of Express and Connect. */
export type ErrorMiddleware = (
  error: unknown,
  req: ReceivedRequest,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Error middleware: errors of this library, met by a handler while it calls Pipedrive, become answers; a page whose user
 * has to connect leads to the install link, everybody else gets the status with JSON or a small page, by `Accept`.
 * Other errors, and those that come after an answer has begun, go on. Put it behind the routes.
 *
 * On Express 4, which does not look at promises, a handler passes its errors to `next` by itself.
 *
 * @example
 * ```ts
 * import { pipedriveErrors, requireInstallation } from '@pd/oauth-node'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/deals', requireInstallation(oauth), async (req, res) => {
 *   res.json(await req.installation.api('/api/v2/deals'))
 * })
 * app.use(pipedriveErrors(oauth))
 * ```
 */
export function pipedriveErrors(oauth: PipedriveOAuth): ErrorMiddleware {
  const { origin } = new URL(oauth.redirectUri)
  // Express knows error middleware by its four parameters.
  return async (error, received, response, next) => {
    if (!(error instanceof PipedriveOAuthError) || response.headersSent) return next(error)
    try {
      await sendAnswer(response, refuse(oauth, error, requestHead(received, origin)))
    } catch (thrown) {
      next(thrown)
    }
  }
}
