import type { FakePipedrive } from '@pd/fake-pipedrive'
import { pipedriveAuth } from '@pd/oauth-hono'
import { Hono } from 'hono'
import { bench, do_not_optimize, group, run, summary } from 'mitata'
import { connectedClient } from '../core/scene.ts'

/** A request through the middleware, warm, against a bare handler: a new `Request` each time, as a server makes it. */
export async function benchGuard(): Promise<void> {
  const { fake, oauth, installation } = await connectedClient()
  const cookie = await signIn(pipedriveAuth(oauth).routes, fake)
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

/** Returns the cookies of a browser that has connected. */
async function signIn(routes: Hono, fake: FakePipedrive): Promise<string> {
  const begun = await routes.request(fake.app.redirectUri.replace('callback', 'install'))
  const attempt = cookiesOf(begun)
  const callback = await fake.approve(begun.headers.get('location') ?? '')
  return cookiesOf(await routes.request(callback, { headers: { cookie: attempt } }))
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}
