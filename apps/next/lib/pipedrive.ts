import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PipedriveOAuth } from '@pd/oauth-core'
import { oncePerProcess, pipedriveAuth } from '@pd/oauth-next'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { cookies } from 'next/headers'

/** Is called for the first request, never by `next build`, which needs none of these variables. */
const oauth = oncePerProcess('pipedrive', async () => {
  const { DATABASE: database = '.data/installations.db', PIPEDRIVE_ORIGIN: origin } = process.env
  mkdirSync(dirname(database), { recursive: true })
  const store = sqlStore(nodeSqliteDriver(database))
  await store.createTable()
  return new PipedriveOAuth({
    clientId: process.env['PIPEDRIVE_CLIENT_ID'] ?? '',
    clientSecret: process.env['PIPEDRIVE_CLIENT_SECRET'] ?? '',
    redirectUri: process.env['PIPEDRIVE_REDIRECT_URI'] ?? 'http://localhost:3000/pipedrive/callback',
    secrets: (process.env['PD_OAUTH_SECRETS'] ?? '').split(','),
    store,
    // A server to use instead of Pipedrive, for tests.
    endpoints: origin === undefined ? undefined : { oauth: origin, api: origin },
  })
})

export const { routes, requireInstallation, installation } = pipedriveAuth(oauth, {
  async onConnected({ firstTime }) {
    // Cookies that are set through Next are sent with the redirect back to the page.
    if (firstTime) (await cookies()).set('welcome', 'yes', { maxAge: 3_600, httpOnly: true })
  },
})

/** The fields of a deal that this application reads. */
interface Deal {
  readonly id: number
  readonly title: string
}

export interface Deals {
  readonly data: readonly Deal[]
}
