import type { PipedriveOAuth } from '@pd/oauth-core'
import { pipedriveAuth } from '@pd/oauth-hono'
import { Hono } from 'hono'

export function application(oauth: PipedriveOAuth) {
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  return new Hono()
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation(), async (c) =>
      c.json(await c.var.installation.api<{ data: unknown[] }>('/api/v2/deals')),
    )
    .onError(onError)
}
