import type { ServerResponse } from 'node:http'
import {
  installationFor,
  ReauthorizationRequiredError,
  refuse,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import type { ReceivedRequest } from '../listener/received-request.ts'
import { sendAnswer } from '../listener/send-answer.ts'
import { webRequest } from '../listener/web-request.ts'
import type { ExpressRequest, ExpressResponse, InstallationLocals } from './express-request.ts'

export interface RequireInstallationOptions<Req = ExpressRequest, Res = ExpressResponse> {
  /** Whose installation the request is about. Default: our session cookie, or the signed token of an extension page. */
  readonly identify?: (req: Req) => Promise<InstallationId | undefined> | InstallationId | undefined
  /** The extensions' own JWT secrets, for the default `identify`. Default: the client secret. */
  readonly extensionSecrets?: readonly string[]
  /**
   * Answers when nobody is known, the app is not installed (`not_installed`) or Pipedrive ended the grant
   * (`reauthorization_required`). Default: a page leads to the install link and back, everybody else gets 401 JSON.
   */
  readonly onMissing?: (
    error: ReauthorizationRequiredError,
    req: Req,
    res: Res,
    next: (error?: unknown) => void,
  ) => unknown
}

/** Middleware that says of the handlers behind it what it left for them. */
export type InstallationMiddleware = (
  req: ReceivedRequest,
  res: ServerResponse & { locals: InstallationLocals },
  next: (error?: unknown) => void,
) => Promise<void>

/**
 * Lets only requests pass that belong to an installation, and puts it, with a valid token at hand, into
 * `req.installation`. Warm, it asks neither store nor cipher. Trouble, as at Pipedrive, goes on to `next(error)`, where
 * `pipedriveErrors` answers it.
 *
 * @example
 * ```ts
 * import { requireInstallation } from '@pd/oauth-node'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/deals', requireInstallation(oauth), async (req, res) => {
 *   res.json(await req.installation.api('/api/v2/deals'))
 * })
 * ```
 */
export function requireInstallation<
  Req extends ReceivedRequest = ExpressRequest,
  Res extends ServerResponse = ExpressResponse,
>(oauth: PipedriveOAuth, options: RequireInstallationOptions<Req, Res> = {}): InstallationMiddleware {
  const { identify, extensionSecrets, onMissing } = options
  const { origin } = new URL(oauth.redirectUri)
  return async (received, response, next) => {
    // The application's own, which knows what its middleware makes of them.
    const req = received as Req
    const res = response as ServerResponse as Res
    const missing = async (error: unknown, request: Request) => {
      if (!(error instanceof ReauthorizationRequiredError)) return next(error)
      try {
        if (onMissing === undefined) await sendAnswer(response, refuse(oauth, error, request))
        else await onMissing(error, req, res, next)
      } catch (thrown) {
        next(thrown)
      }
    }
    const request = webRequest(received, { origin })
    if (request === undefined) return badRequest(response, next)
    try {
      const installation = await installationFor(oauth, request, {
        extensionSecrets,
        ...(identify && { identify: () => identify(req) }),
      })
      Object.assign(received, { installation })
      response.locals = Object.assign(response.locals ?? {}, { installation })
    } catch (error) {
      return missing(error, request)
    }
    next()
  }
}

async function badRequest(response: ServerResponse, next: (error: unknown) => void): Promise<void> {
  try {
    await sendAnswer(response, new Response('Bad Request', { status: 400 }))
  } catch (error) {
    next(error)
  }
}
