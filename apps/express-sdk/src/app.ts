// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 looks after promises
import type { PipedriveOAuth } from '@pd/oauth-core'
import { pipedriveErrors, pipedriveExpress, requireInstallation } from '@pd/oauth-node'
import express, { type Express } from 'express'
import { Configuration, DealsApi } from 'pipedrive/v2'

/** The two routes of the SDK's example: `/` lists deals, `/callback` is where users come back to. */
export function createApp(oauth: PipedriveOAuth): Express {
  const app = express()
  app.use(pipedriveExpress(oauth))

  app.get('/', requireInstallation(oauth), async (req, res) => {
    const apiConfig = new Configuration(await req.installation.sdk('v2'))
    const dealsApi = new DealsApi(apiConfig)
    const response = await dealsApi.getDeals()
    const { data: deals } = response
    res.send(deals)
  })

  app.use(pipedriveErrors(oauth))
  return app
}
