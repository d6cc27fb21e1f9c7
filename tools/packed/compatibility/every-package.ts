/** Uses every package whose types name no framework. Compiled against the packed packages by each row of `check-types.ts`. */
import { createFakePipedrive } from '@pd/fake-pipedrive'
import {
  ConfigurationError,
  createOAuthHandler,
  memoryStore,
  PipedriveOAuth,
  type Installation,
  type OAuthEvent,
  type TokenStore,
} from '@pd/oauth-core'
import { createWebAuth } from '@pd/oauth-core/adapter'
import { exchangeCode } from '@pd/oauth-core/protocol'
import { storeSuite } from '@pd/oauth-core/store-suite'
import { login } from '@pd/oauth-desktop'
import { pipedriveAuth } from '@pd/oauth-node/express'
import { toNodeListener } from '@pd/oauth-node'
import { redisStore } from '@pd/oauth-redis'
import { sqlStore } from '@pd/oauth-sql'
import { pgDriver } from '@pd/oauth-sql/pg'

const given: { store?: TokenStore | undefined; scopes?: readonly string[] | undefined } = {}

export const oauth = new PipedriveOAuth({
  clientId: 'from the Developer Hub',
  clientSecret: 'from the Developer Hub',
  redirectUri: 'http://localhost:3000/pipedrive/callback',
  secrets: ['a-secret-for-the-compiler-0123456789'],
  // A value that may be undefined fits an option, also with `exactOptionalPropertyTypes`.
  store: given.store,
  scopes: given.scopes,
  onEvent: (event: OAuthEvent) => console.log(event.type),
})

export async function deals(): Promise<string> {
  const installation: Installation = oauth.installation('123:456')
  for await (const { id } of oauth.installations()) console.log(id)
  try {
    const { data } = await installation.api<{ data: { title: string }[] }>('/api/v2/deals', {
      query: { limit: 1 },
    })
    return data.map(({ title }) => title).join()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.join()
    throw error
  }
}

export const parts = [
  createFakePipedrive,
  createOAuthHandler(oauth),
  createWebAuth,
  exchangeCode,
  login,
  memoryStore(),
  pgDriver,
  pipedriveAuth(oauth).requireInstallation(),
  redisStore,
  sqlStore,
  storeSuite,
  toNodeListener,
]
