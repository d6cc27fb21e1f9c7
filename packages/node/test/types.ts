/**
 * Compiled, never run: the types that a user meets.
 */
import { createServer } from 'node:http'
import { createServer as createServer2 } from 'node:http2'
import connect from 'connect'
import express, { type Request, type RequestHandler, type Response } from 'express'
import express4, {
  type Request as Request4,
  type RequestHandler as RequestHandler4,
  type Response as Response4,
} from 'express4'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import {
  createOAuthHandler,
  type Installation,
  type InstallationId,
  type PipedriveOAuth,
} from '@pd/oauth-core'
import { pipedriveAuth, type ExpressContext, type InstallationLocals } from '../src/express/index.ts'
import { toFastifyHook } from '../src/fastify/index.ts'
import { toNodeListener } from '../src/index.ts'

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
const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
app.use(express.json(), routes)
pipedriveAuth(oauth, {
  sessionMs: 0,
  identify: (_request, { req }) => req.user?.installationId,
  onMissing: (error, request, { req, res }) => {
    holds<Same<typeof req.user, Express.Request['user']>>()
    res.setHeader('x-code', error.code)
    return new Response(request.url)
  },
})
pipedriveAuth(oauth, {
  identify: (_request, { req }: { req: Request }) => (req.get('x-user') === 'ada' ? '1:2' : undefined),
  onConnected(result, _request, { req, res }: ExpressContext<Request, Response>) {
    res.cookie('theme', 'dark').redirect(`/welcome/${result.account.companyId}?from=${req.ip}`)
  },
  onMissing: (error, _request, { res }: { res: Response }) => void res.status(403).send(error.code),
})
app.get('/deals', requireInstallation(), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  holds<Same<typeof res.locals.installation, Installation>>()
  res.send(req.installation.id)
})
app.get('/deals/:id', express.json(), requireInstallation({ scopes: ['deals:full'] }), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  holds<Same<typeof req.params.id, string>>()
  res.send(req.installation.id + req.params.id)
})
app.get('/open', (req, res) => {
  holds<Same<typeof req.installation, Installation | undefined>>()
  // @ts-expect-error without the middleware in the route it may be missing
  res.send(req.installation.id)
})

/** Behind `app.use`, a handler says so by the type of its locals. */
app.use('/behind', requireInstallation())
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
app.get('/elsewhere/:id', requireInstallation(), elsewhere)
express.Router().post('/', requireInstallation(), (req, res) => {
  res.send(req.installation.id)
})
/** The usual forms: handlers with Express's own types, lists, and a guard with a name. */
const handler: RequestHandler = (_req, res) => void res.send('ok')
const guard: RequestHandler = requireInstallation()
app.get('/typed', requireInstallation(), (req: Request, res: Response) => void res.send(req.installation?.id))
app.get('/typed/:id', requireInstallation(), (req: Request<{ id: string }>, res: Response) => {
  res.send(req.params.id)
})
app.get('/typed', requireInstallation(), handler)
app.get('/typed', guard, requireInstallation(), express.json(), handler)
app.get('/typed', [requireInstallation()], handler)
app.get('/typed', [express.json(), requireInstallation()], (_req: Request, res: Response) => void res.end())
const guards: RequestHandler[] = [guard, requireInstallation()]
app.post('/typed', ...guards, handler)
app.use([requireInstallation()])
app.use('/typed', requireInstallation(), handler)
app.route('/typed').all(requireInstallation()).get(handler)
app.use(onError)
/** A function that takes any request of Express takes those with an installation, too. */
function audit(_req: Request): void {}

/** Express 4. */
const app4 = express4()
const auth4 = pipedriveAuth(oauth, {
  identify: (_request, { req }: { req: Request4 }) => req.user?.installationId,
  onConnected: (_result, _request, { res }: { res: Response4 }) => res.redirect('/'),
})
app4.use(auth4.routes)
app4.get('/deals/:id', auth4.requireInstallation(), (req, res) => {
  holds<Same<typeof req.installation, Installation>>()
  holds<Same<typeof req.params.id, string>>()
  res.send(req.installation.id)
})
app4.get('/open', (req, res) => {
  // @ts-expect-error without the middleware in the route it may be missing
  res.send(req.installation.id)
})
const handler4: RequestHandler4 = (_req, res) => void res.send('ok')
const guard4: RequestHandler4 = auth4.requireInstallation()
app4.get('/typed', auth4.requireInstallation(), (_req: Request4, res: Response4) => void res.send('ok'))
app4.get('/typed', auth4.requireInstallation(), handler4)
app4.get('/typed', [guard4, auth4.requireInstallation()], handler4)
app4.use([auth4.requireInstallation()])
app4.use(auth4.onError)

/** Others. */
connect()
  .use(requireInstallation())
  .use(routes)
  .use(toNodeListener(createOAuthHandler(oauth)))
  .use(onError)
createServer(toNodeListener(async (request) => new Response(request.url)))
createServer2(toNodeListener(async (request) => new Response(request.url)))
createServer(
  toNodeListener((_request, { req }) => new Response(req.socket.remoteAddress), { trustProxy: true }),
)
fastify()
  .addHook('onRequest', toFastifyHook(createOAuthHandler(oauth)))
  .addHook(
    'preParsing',
    toFastifyHook((request, { reply }) => new Response(request.url + reply.sent)),
  )
  .addHook(
    'preHandler',
    toFastifyHook<FastifyRequest, FastifyReply>((_, { request, reply }) => {
      holds<Same<typeof reply, FastifyReply>>()
      return new Response(request.ip)
    }),
  )
