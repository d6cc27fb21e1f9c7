import { PipedriveOAuth } from '@pd/oauth-core'
import { mistakeSuite, type Serve } from '@pd/test-support/mistakes'
import express from 'express'
import { pipedriveAuth } from '../src/express/index.ts'
import { serveExpress } from './servers.ts'

function createClient({ options, hear }: Parameters<Serve>[0]): PipedriveOAuth {
  const logger = {
    error: (message: string) => hear({ level: 'error', message }),
    warn: (message: string) => hear({ level: 'warn', message }),
  }
  return new PipedriveOAuth({ ...options, logger })
}

mistakeSuite('Express', async (parts) => {
  const { routes, requireInstallation, onError } = pipedriveAuth(createClient(parts))
  const app = express()
  app.use(routes)
  app.get('/deals', requireInstallation({ scopes: parts.scopes }), (_req, res) => void res.send('deals'))
  app.use(onError)
  const origin = await serveExpress(app, async (_req, _res, next) => next?.())
  return { send: (path, init) => fetch(new URL(path, origin), { ...init, redirect: 'manual' }) }
})
