import { pipedriveAuth } from '@pd/oauth-hono'
import { Hono } from 'hono'
import { bench, do_not_optimize, group, run, summary } from 'mitata'
import { connectedClient } from '../core/scene.ts'

/** A request through the middleware, warm, against a bare handler: a new `Request` each time, as a server makes it. */
export async function benchGuard(): Promise<void> {
  const { oauth, installation } = await connectedClient()
  const cookie = `pd_session=${await oauth.issueSession(installation.id, 86_400_000)}`
  const identified = pipedriveAuth(oauth, { identify: () => installation.id })
  const app = new Hono()
    .get('/bare', (c) => c.text('ok'))
    .get('/installed', pipedriveAuth(oauth).requireInstallation(), (c) => c.text('ok'))
    .get('/by-id', identified.requireInstallation(), (c) => c.text('ok'))
  const request = (path: string) => new Request(`https://app.example.com${path}`, { headers: { cookie } })
  const answered = async (path: string) => {
    const response = await app.fetch(request(path))
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    return response
  }

  group('a request of a connected user, through Hono', () => {
    summary(() => {
      bench('a bare handler', async () => do_not_optimize(await answered('/bare'))).baseline()
      bench('behind requireInstallation()', async () => do_not_optimize(await answered('/installed')))
      bench('the same, with an identify of its own', async () => do_not_optimize(await answered('/by-id')))
    })
  })
  await run()
}
