import { createOAuthHandler, type PipedriveOAuthOptions, type WebOptions } from '../../src/index.ts'
import { Browser, locationOf } from './browser.ts'
import { createScene } from '../flow/scene.ts'

export const origin = 'https://app.example.com'

/** A handler over a new client on https, and browsers in front of it. */
export function createWebScene(options: WebOptions = {}, clientOptions: Partial<PipedriveOAuthOptions> = {}) {
  const scene = createScene({ redirectUri: `${origin}/pipedrive/callback` })
  const oauth = scene.client(clientOptions)
  const handler = createOAuthHandler(oauth, options)
  const browser = new Browser(handler)
  /** Asks for an install link and returns the consent page that it leads to. */
  const install = async (returnTo = '/settings', user = browser) =>
    locationOf(await user.send(`${origin}/pipedrive/install?${new URLSearchParams({ returnTo })}`))
  /** Another process over the same store, for the same browser. */
  const otherProcess = () => createOAuthHandler(scene.client(clientOptions), options)
  /** The codes that came to the token endpoint. */
  const codesSent = () =>
    scene.fake.tokenRequests({ grantType: 'authorization_code' }).map(({ code }) => code ?? '')
  return { ...scene, oauth, handler, browser, install, otherProcess, codesSent }
}

/** Returns where an answer leads, and what its page says of an error. */
export async function endOf(response: Response): Promise<string> {
  if (response.status === 302) {
    const location = locationOf(response)
    return location.includes('/oauth/authorize') ? 'consent' : location
  }
  const text = await response.text()
  return /<code>(\w+)<\/code>/.exec(text)?.[1] ?? `status ${response.status}`
}

export function stateOf(url: string): string {
  return new URL(url).searchParams.get('state') ?? ''
}
