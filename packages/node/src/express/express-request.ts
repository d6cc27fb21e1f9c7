import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Installation } from '@pd/oauth-core'

/**
 * What `requireInstallation()` leaves in `res.locals`. Express carries the type of its locals from one handler of a route to
 * the next, and by it knows where `req.installation` is sure to be there.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as Express has them: other middleware keeps what it likes there
export interface InstallationLocals extends Record<string, any> {
  installation: Installation
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- it is Express's own, where its requests are extended
  namespace Express {
    interface Request {
      /**
       * Behind `requireInstallation()` in the same route: the installation. Elsewhere it may be missing, unless
       * `app.use(requireInstallation())` stands before.
       */
      readonly installation: this extends {
        res?: { locals: { installation: infer Found extends Installation } } | undefined
      }
        ? Found
        : Installation | undefined
    }
    interface Response {}
  }
}

/**
 * A request as the application's middleware has extended it (`req.user`, `req.session`). A callback that names Express's
 * own `Request` in its parameter gets all of that.
 */
export type ExpressRequest = IncomingMessage & Express.Request
/** A response as the application's middleware has extended it. */
export type ExpressResponse = ServerResponse & Express.Response

/** Express's own view of a request, for the callbacks of the application. */
export interface ExpressContext<Req = ExpressRequest, Res = ExpressResponse> {
  readonly req: Req
  readonly res: Res
}
