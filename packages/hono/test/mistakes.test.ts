import { PipedriveOAuth } from '@pd/oauth-core'
import { mistakeSuite } from '@pd/test-support/mistakes'
import { Hono } from 'hono'
import { pipedriveAuth } from '../src/index.ts'

mistakeSuite('Hono', async ({ options, scopes, hear }) => {
  const logger = {
    error: (message: string) => hear({ level: 'error', message }),
    warn: (message: string) => hear({ level: 'warn', message }),
  }
  const oauth = new PipedriveOAuth({ ...options, logger })
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  const app = new Hono()
    .route('/pipedrive', routes)
    .get('/deals', requireInstallation({ scopes }), (c) => c.text('deals'))
  app.onError(onError)
  const { origin } = new URL(oauth.redirectUri)
  return { send: async (path, init) => app.request(new URL(path, origin).href, init) }
})
