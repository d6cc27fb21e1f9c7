import { createOAuthHandler } from '@pd/oauth-core'
import { Hono } from 'hono'
import type { Playground } from './playground.ts'

export function createApp(playground: Playground): Hono {
  const handle = createOAuthHandler(playground.oauth)
  return new Hono().all('*', async (c, next) => (await handle(c.req.raw)) ?? next())
}
