/**
 * Compiled, never run: the types that a user meets.
 */
import { PipedriveOAuth, type Installation } from '@pd/oauth-core'
import { Hono, type Context } from 'hono'
import { hc, type InferResponseType } from 'hono/client'
import { oncePerEnvironment, pipedriveAuth, type InstallationVariables } from '../src/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Claim extends true>(): void {}

interface Bindings {
  readonly SECRET: string
}
declare const oauth: PipedriveOAuth
declare const options: ConstructorParameters<typeof PipedriveOAuth>[0]

/** One client for the whole process. */
const auth = pipedriveAuth(oauth)
export const onNode = new Hono()
  .route('/pipedrive', auth.routes)
  .use('/deals/*', auth.requireInstallation({ scopes: ['deals:read'] }))
  .get('/deals', (c) => {
    holds<Same<typeof c.var.installation, Installation>>()
    return c.json({ id: c.var.installation.id, count: 3 })
  })
  .get('/about', (c) => c.json({ name: 'about' as const }))

/** A client for each set of bindings. */
const fromBindings = oncePerEnvironment(
  (env: Bindings) => new PipedriveOAuth({ ...options, secrets: [env.SECRET] }),
)
const onEdge = pipedriveAuth(fromBindings, { onConnected: (_, __, c) => c.text(c.env.SECRET) })
export const onWorkers = new Hono<{ Bindings: Bindings; Variables: { user: string } }>()
  .route('/pipedrive', onEdge.routes)
  .get('/deals/:id', onEdge.requireInstallation(), (c) => {
    holds<Same<typeof c.var.installation, Installation>>()
    holds<Same<typeof c.var.user, string>>()
    holds<Same<typeof c.env.SECRET, string>>()
    return c.json({ id: c.req.param('id'), of: c.var.installation.id })
  })
onWorkers.onError(onEdge.onError)

/** A function of one's own, and the app's own idea of who somebody is. */
interface Own {
  Bindings: Bindings
  Variables: { user: { companyId: number; userId: number } }
}
const ownAuth = pipedriveAuth((c: Context<Own>) => (c.env.SECRET === '' ? oauth : fromBindings(c)), {
  identify: (_, c) => `${c.var.user.companyId}:${c.var.user.userId}`,
  onMissing: (error, _, c) => c.json({ code: error.code }, 401),
})
export const own = new Hono<Own>().get('/', ownAuth.requireInstallation(), (c) =>
  c.text(c.var.installation.id + c.var.user.userId),
)

/** Handlers that are not chained name the variable themselves. */
const unchained = new Hono<{ Variables: InstallationVariables }>()
unchained.use(auth.requireInstallation())
unchained.get('/', (c) => c.text(c.var.installation.id))

// @ts-expect-error without the middleware there is no installation
new Hono().get('/', (c) => c.text(c.var.installation.id))
// @ts-expect-error outside of a request it takes the bindings, all of them
fromBindings({ env: {} })

const client = hc<typeof onNode>('http://localhost:3000')
holds<Same<InferResponseType<typeof client.deals.$get>, { id: `${number}:${number}`; count: number }>>()
holds<Same<InferResponseType<typeof client.about.$get>, { name: 'about' }>>()
holds<Same<keyof typeof client, 'deals' | 'about'>>()
const workers = hc<typeof onWorkers>('http://localhost:3000')
holds<Same<Parameters<(typeof workers.deals)[':id']['$get']>[0], { param: { id: string } }>>()
holds<Same<keyof typeof workers, 'deals'>>()
