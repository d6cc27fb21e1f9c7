import { PipedriveOAuth } from '@pd/oauth-core'
import { oncePerEnvironment } from '@pd/oauth-hono'
import { sqlStore } from '@pd/oauth-sql'
import { d1Driver, type D1Like } from '@pd/oauth-sql/d1'
import type { ExecutionContext } from 'hono'
import { createApp } from './app.ts'

/** The bindings from `wrangler.jsonc` and `wrangler secret put`. */
export interface Bindings {
  readonly DB: D1Like
  readonly PIPEDRIVE_CLIENT_ID: string
  readonly PIPEDRIVE_CLIENT_SECRET: string
  readonly PIPEDRIVE_REDIRECT_URI: string
  /** The secrets that seal records and cookies, newest first, separated by commas. */
  readonly PD_OAUTH_SECRETS?: string
  /** A server to use instead of Pipedrive, for tests. */
  readonly PIPEDRIVE_ORIGIN?: string
}

const oauth = oncePerEnvironment((env: Bindings) => {
  const { PIPEDRIVE_ORIGIN: origin } = env
  return new PipedriveOAuth({
    clientId: env.PIPEDRIVE_CLIENT_ID,
    clientSecret: env.PIPEDRIVE_CLIENT_SECRET,
    redirectUri: env.PIPEDRIVE_REDIRECT_URI,
    secrets: (env.PD_OAUTH_SECRETS ?? '').trim().split(/[\s,]+/),
    store: sqlStore(d1Driver(env.DB)),
    ...(origin === undefined ? {} : { endpoints: { oauth: origin, api: origin } }),
  })
})

const app = createApp(oauth)

// oxlint-disable-next-line import/no-default-export -- Workers expects its handlers here
export default {
  fetch: app.fetch,
  /** Runs daily and refreshes the installations that nobody has used for weeks, before their grant expires. */
  async scheduled(_controller: unknown, env: Bindings, context: ExecutionContext): Promise<void> {
    context.waitUntil(oauth({ env }).keepAlive())
  },
}
