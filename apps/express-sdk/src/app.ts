// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles rejected promises
import type { PipedriveOAuth } from '@pd/oauth-core'
import { pipedriveAuth } from '@pd/oauth-node/express'
import express, { type Express } from 'express'
import { DealsApi } from 'pipedrive/v2'

/** The two routes of the SDK's example: `/` lists deals; at `/callback` users come back from the consent page. */
export function createApp(oauth: PipedriveOAuth): Express {
  const { routes, requireInstallation, onError } = pipedriveAuth(oauth)
  const app = express()
  app.use(routes)

  app.get('/', requireInstallation(), async (req, res) => {
    const dealsApi = await req.installation.sdk('v2', DealsApi)
    const response = await dealsApi.getDeals()
    const { data: deals } = response
    res.send(deals)
  })

  app.use(onError)
  return app
}
