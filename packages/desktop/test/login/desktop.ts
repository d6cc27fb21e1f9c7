import { createFakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { PipedriveOAuth, type OAuthEvent, type PipedriveOAuthOptions } from '@pd/oauth-core'
import { freePort } from '@pd/test-support/free-port'
import { onTestFinished } from 'vitest'
import type { OpenContext } from '../../src/index.ts'

export const sealingSecret = 'only-for-tests-0123456789-0123456789'

export interface DesktopOptions extends FakePipedriveOptions {
  readonly host?: string
  readonly client?: Partial<PipedriveOAuthOptions>
}

/** A program on a machine, and a Pipedrive that listens. */
export async function startDesktop({ host = 'localhost', client, ...options }: DesktopOptions = {}) {
  const port = await freePort()
  const redirectUri = `http://${host}:${port}/callback`
  const fake = createFakePipedrive({ redirectUri, appName: 'Desktop', ...options })
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  const events: OAuthEvent[] = []
  const oauth = new PipedriveOAuth({
    clientId: fake.app.clientId,
    clientSecret: fake.app.clientSecret,
    redirectUri,
    secrets: [sealingSecret],
    endpoints: { oauth: origin, api: origin },
    onEvent: (event) => void events.push(event),
    ...client,
  })
  return { fake, oauth, origin, port, redirectUri, events }
}

/** A browser that `login()` can open: it hands the address of the consent page on to the test. */
export function handedOver() {
  const address = Promise.withResolvers<string>()
  return {
    open: (_page: string, { url }: OpenContext) => address.resolve(url),
    address: address.promise,
  }
}

/** Asks as a browser does, without a cookie. */
export function visit(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: 'manual', ...init, headers: { accept: 'text/html', ...init.headers } })
}
