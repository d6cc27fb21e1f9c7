import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import { PipedriveOAuth, ReauthorizationRequiredError, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { pipedriveAuth } from '../src/index.ts'
import { inside } from './inside-next.ts'

export const origin = 'https://app.example.com'

/** A fake Pipedrive, a clock, and a client. */
export function createScene(redirectUri = `${origin}/pipedrive/callback`) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, redirectUri })
  const client = (options: Partial<PipedriveOAuthOptions> = {}) =>
    new PipedriveOAuth({
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      redirectUri: fake.app.redirectUri,
      secrets: ['test-secret-that-is-long-enough-0001'],
      fetch: fake.fetch,
      clock,
      logger: false,
      ...options,
    })
  return { clock, fake, client, oauth: client() }
}

/** The error of another app's client, whose installation is gone. */
export async function createForeignError(): Promise<ReauthorizationRequiredError> {
  const { oauth } = createScene(`${origin}/sales/callback`)
  const error: unknown = await oauth
    .installation('9:9')
    .accessToken()
    .catch((thrown: unknown) => thrown)
  if (!(error instanceof ReauthorizationRequiredError)) throw error
  return error
}

/** A user who has connected through the routes. */
export async function createConnectedScene() {
  const scene = createScene()
  const auth = pipedriveAuth(scene.oauth)
  const { routes } = auth
  const begun = await routes.GET(new Request(`${inside}/pipedrive/install?returnTo=/deals`))
  const callback = new URL(await scene.fake.approve(begun.headers.get('location') ?? ''))
  const back = await routes.GET(
    new Request(inside + callback.pathname + callback.search, { headers: { cookie: cookiesOf(begun) } }),
  )
  /** From now on every access token has expired, and Pipedrive gives no new one. */
  const breakDown = async () => {
    scene.fake.faults.add({ endpoint: 'token', times: Infinity, fault: { type: 'status', status: 503 } })
    await scene.clock.advance(61 * 60_000)
  }
  return { ...scene, ...auth, back, breakDown, cookie: cookiesOf(back) }
}

/** Returns the `Cookie` header that a browser sends after a response. */
function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}
