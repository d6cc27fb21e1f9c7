import { serve } from '@hono/node-server'
import { pipedriveAuth } from '@pd/oauth-hono'
import { Hono } from 'hono'
import { idsOf, openClient, type Setup } from '../redis/scene.ts'

/** What the server does beside its requests, `perSecond` times. */
export type Background = { readonly refresh: 'none' | 'bare' | 'ours'; readonly perSecond: number }

/** What the server has done since it started: refreshes, and microseconds of its processor time. */
export type Work = { readonly done: number; readonly processorUs: number }

/** The server of the load test: a bare route, one behind the guard, and one behind the least that a guard does. Refreshes in the background when it is told to. */
const { setup, installations } = JSON.parse(process.env['SERVE'] ?? '') as {
  setup: Setup
  installations: number
}
const { oauth, redis } = openClient(setup)
const ids = idsOf(installations)
const auth = pipedriveAuth(oauth)
const app = new Hono()
  .get('/bare', (c) => c.text('ok'))
  // What no guard can do without: it awaits, and reads the cookie.
  .get(
    '/floor',
    async (c, next) => {
      c.req.header('cookie')
      await next()
    },
    async (c) => c.text('ok'),
  )
  .get('/installed', auth.requireInstallation(), async (c) => {
    await c.var.installation.accessToken()
    return c.text('ok')
  })

let begun = 0
let done = 0
let end = () => {}
process.on('disconnect', () => process.exit())
process.on('message', ({ refresh, perSecond }: Background) => {
  end()
  const { user, system } = process.cpuUsage()
  const work: Work = { done, processorUs: user + system }
  process.send?.(work)
  if (refresh === 'none') return
  const before = begun
  const startedAt = performance.now()
  const timer = setInterval(() => {
    const due = before + ((performance.now() - startedAt) * perSecond) / 1_000
    while (begun < due) {
      const id = ids[begun++ % ids.length]!
      void (refresh === 'ours' ? oauth.installation(id).refresh() : bareRefresh()).then(() => done++)
    }
  }, 8)
  end = () => clearInterval(timer)
})
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.send?.({ port }))

/** The least that a refresh takes: the request, and a record to save. */
async function bareRefresh(): Promise<void> {
  const response = await fetch(`${setup.origin}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('fake-client-id:fake-client-secret')}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: '1:1:bare' }),
  })
  if (!response.ok) throw new Error(`The token endpoint answered ${response.status}`)
  await redis.set('bare', await response.text())
}
