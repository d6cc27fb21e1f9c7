import { PipedriveOAuth } from '@pd/oauth-core'
import { oncePerEnvironment } from '@pd/oauth-hono'
import { sqlStore } from '@pd/oauth-sql'
import { d1Driver, type D1Like } from '@pd/oauth-sql/d1'
import type { ExecutionContext } from 'hono'
import { createApp } from './app.ts'

/** What `wrangler.jsonc` and `wrangler secret put` give. */
export interface Bindings {
  readonly DB: D1Like
  readonly PIPEDRIVE_CLIENT_ID: string
  readonly PIPEDRIVE_CLIENT_SECRET: string
  readonly PIPEDRIVE_REDIRECT_URI: string
  readonly SEALING_SECRET: string
  /** Another server in Pipedrive's place, for tests. */
  readonly PIPEDRIVE_ORIGIN?: string
}

const oauth = oncePerEnvironment((env: Bindings) => {
  const { PIPEDRIVE_ORIGIN: origin } = env
  return new PipedriveOAuth({
    clientId: env.PIPEDRIVE_CLIENT_ID,
    clientSecret: env.PIPEDRIVE_CLIENT_SECRET,
    redirectUri: env.PIPEDRIVE_REDIRECT_URI,
    secrets: [env.SEALING_SECRET],
    store: sqlStore(d1Driver(env.DB)),
    ...(origin === undefined ? {} : { endpoints: { oauth: origin, api: origin } }),
  })
})

const app = createApp(oauth)

// oxlint-disable-next-line import/no-default-export -- that is where a Worker's handlers are
export default {
  fetch: app.fetch,
  /** Daily: refreshes installations that nobody has used for weeks, before their 60 days end. */
  async scheduled(_controller: unknown, env: Bindings, context: ExecutionContext): Promise<void> {
    context.waitUntil(oauth({ env }).keepAlive())
  },
}
