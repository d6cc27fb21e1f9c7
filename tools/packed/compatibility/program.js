/** Connects a user and refreshes his token. Each bundler makes a program of it, which then runs on Node. */
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, StoreError } from '@pd/oauth-core'
import { pipedriveAuth } from '@pd/oauth-hono'
import { Hono } from 'hono'

async function run() {
  const fake = createFakePipedrive()
  const { clientId, clientSecret, redirectUri } = fake.app
  const oauth = new PipedriveOAuth({
    clientId,
    clientSecret,
    redirectUri,
    secrets: ['a-secret-for-the-bundler-0123456789'],
    fetch: fake.fetch,
    store: memoryStore(),
  })
  const { url, attempt } = await oauth.authorize()
  const { installation } = await oauth.callback(await fake.approve(url), attempt)
  const { data } = await installation.api('/api/v2/deals')
  const { pathname } = new URL('install', redirectUri)
  const app = new Hono().route(pathname.replace('/install', ''), pipedriveAuth(oauth).routes)
  const { status } = await app.request(pathname)
  const isRecognized = new StoreError('store_unavailable', 'x') instanceof StoreError
  const health = await oauth.health()
  console.log(JSON.stringify({ deals: data.length > 0, status, isRecognized, health: health.status }))
}

void run()
