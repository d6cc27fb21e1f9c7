/**
 * Compiled, never run: the types that a user meets.
 */
import { createServer } from 'node:http'
import connect from 'connect'
import express, { type Request, type RequestHandler, type Response } from 'express'
import express4, { type Request as Request4, type Response as Response4 } from 'express4'
import {
  createOAuthHandler,
  type Installation,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import {
  pipedriveErrors,
  pipedriveExpress,
  requireInstallation,
  toNodeListener,
  type InstallationLocals,
} from '../src/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Claim extends true>(): void {}

declare global {
  namespace Express {
    // What other middleware adds, as passport does.
    interface Request {
      user?: { readonly installationId: InstallationId }
    }
  }
}
declare const oauth: PipedriveOAuth

/** Express 5. */
const app = express()
app.use(pipedriveExpress(oauth))
app.use(
  express.json(),
  pipedriveExpress(oauth, { sessionMs: 0, identify: (req) => req.user?.installationId }),
)
app.use(
  pipedriveExpress(oauth, {
    onConnected(result, req: Request, res: Response) {
      res.cookie('theme', 'dark').redirect(`/welcome/${result.account.companyId}?from=${req.ip}`)
    },
  }),
)
app.get('/deals', requireInstallation(oauth), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  holds<Same<typeof res.locals.installation, Installation>>()
  res.send(req.installation.id)
})
app.get('/deals/:id', express.json(), requireInstallation(oauth), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  holds<Same<typeof req.params.id, string>>()
  res.send(req.installation.id + req.params.id)
})
app.get('/mine', requireInstallation(oauth, { identify: (req) => req.user?.installationId }), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  res.send(req.installation.id)
})
app.get(
  '/cookie',
  requireInstallation(oauth, {
    identify: (req: Request) => (req.get('x-user') === 'ada' ? '1:2' : undefined),
    onMissing: (error, _req, res: Response) => res.status(403).send(error.code),
  }),
  (req, res) => {
    holds<Same<typeof req.installation, Installation>>()
    res.send(req.installation.id)
  },
)
app.get('/open', (req, res) => {
  holds<Same<typeof req.installation, Installation | undefined>>()
  // @ts-expect-error without the middleware in the route it may be missing
  res.send(req.installation.id)
})

/** Behind `app.use`, a handler says so by the type of its locals. */
app.use('/behind', requireInstallation(oauth))
app.get('/behind', (req, res: Response<unknown, InstallationLocals>) => {
  holds<Same<typeof req.installation, Installation>>()
  audit(req)
  res.send(req.installation.id)
})
const elsewhere: RequestHandler<{ id: string }, unknown, unknown, unknown, InstallationLocals> = (
  req,
  res,
) => {
  res.send(req.installation.id + req.params.id)
}
app.get('/elsewhere/:id', requireInstallation(oauth), elsewhere)
express.Router().post('/', requireInstallation(oauth), (req, res) => {
  res.send(req.installation.id)
})
app.use(pipedriveErrors(oauth))
/** A function that takes any request of Express takes those with an installation, too. */
function audit(_req: Request): void {}

/** Express 4. */
const app4 = express4()
app4.use(pipedriveExpress(oauth, { onConnected: (_result, _req, res: Response4) => res.redirect('/') }))
app4.get('/deals/:id', requireInstallation(oauth), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  holds<Same<typeof req.params.id, string>>()
  res.send(req.installation.id)
})
app4.get(
  '/mine',
  requireInstallation(oauth, { identify: (req: Request4) => req.user?.installationId }),
  (req, res) => {
    holds<Same<typeof req.installation, Installation>>()
    res.send(req.installation.id)
  },
)
app4.get('/open', (req, res) => {
  // @ts-expect-error without the middleware in the route it may be missing
  res.send(req.installation.id)
})
app4.use(pipedriveErrors(oauth))

/** Others. */
connect()
  .use(pipedriveExpress(oauth))
  .use(toNodeListener(createOAuthHandler(oauth)))
  .use(pipedriveErrors(oauth))
createServer(toNodeListener(async (request) => new Response(request.url)))
createServer(
  toNodeListener((_request, { req }) => new Response(req.socket.remoteAddress), { trustProxy: true }),
)
