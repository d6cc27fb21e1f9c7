import { pipedriveAuth, type InstallationVariables, type OAuthSource } from '@pd/oauth-hono'
import { Hono, type Env } from 'hono'

/** The fields of a deal that this app reads. */
interface Deal {
  readonly id: number
  readonly title: string
}

/**
 * Creates the application, which runs on every runtime.
 * @param oauth the client, or a function that returns the client for a request.
 */
export function createApp<E extends Env>(oauth: OAuthSource<E>): Hono<E> {
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  const app = new Hono<E>()
  app.route('/pipedrive', routes)
  app.use('/deals', requireInstallation())
  app.use('/status', requireInstallation())
  app.route('/', pages)
  app.onError(onError)
  return app
}

const pages = new Hono<{ Variables: InstallationVariables }>()
  .get('/', (c) => c.html('<p><a href="/deals">Show my deals from Pipedrive</a></p>'))
  .get('/deals', async (c) => {
    const { data } = await c.var.installation.api<{ data: Deal[] }>('/api/v2/deals')
    return c.json({ deals: data.map(({ id, title }) => ({ id, title })) })
  })
  .get('/status', async (c) => c.json(await c.var.installation.describe()))
