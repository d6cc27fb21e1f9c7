import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFakePipedrive, type FakePipedriveOptions } from '@pd/fake-pipedrive'
import { freePort } from '@pd/test-support/free-port'
import { Browser } from '@pd/test-support/journey'
import { onTestFinished } from 'vitest'
import { originalExample } from './original/original-example.ts'
import { Program } from './program.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** A fake Pipedrive that listens, and a folder for a database. */
export async function setStage(options: FakePipedriveOptions = {}) {
  const port = await freePort()
  const redirectUri = `http://localhost:${port}/callback`
  const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true, ...options })
  onTestFinished(() => fake.close())
  const { origin } = await fake.listen()
  const folder = mkdtempSync(join(tmpdir(), 'express-sdk-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const { clientId, clientSecret } = fake.app
  const environment = {
    PIPEDRIVE_CLIENT_ID: clientId,
    PIPEDRIVE_CLIENT_SECRET: clientSecret,
    PIPEDRIVE_REDIRECT_URI: redirectUri,
    PIPEDRIVE_ORIGIN: origin,
    PD_OAUTH_SECRETS: 'only-for-tests-0123456789-0123456789',
    DATABASE: join(folder, 'installations.db'),
  }
  return {
    fake,
    origin,
    redirectUri,
    environment,
    /** This application, on the port of the callback or another one. */
    app: (where = port) => Program.start(main, { ...environment, PORT: String(where) }),
    /** The same, which may end before it listens. */
    program: (others: Readonly<Record<string, string>>) => new Program(main, { ...environment, ...others }),
    /** The SDK's own example. */
    original: () =>
      Program.start(originalExample({ clientId, clientSecret, redirectUri, port, host: origin })),
    browser: (where = port) => new Browser(`http://localhost:${where}`, `http://localhost:${port}`),
    /** Every byte that the application has written. */
    written: () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join(''),
    refreshes: () => fake.tokenRequests({ grantType: 'refresh_token' }).length,
  }
}

type Stage = Awaited<ReturnType<typeof setStage>>

/** Opens `/` and goes wherever that leads: to the consent page, where the user allows or cancels, and back. */
export async function visit(
  { fake }: Stage,
  browser: Browser,
  decision: { readonly user?: string; readonly cancels?: boolean; readonly expiresIn?: number } = {},
): Promise<Response> {
  const { user = '1001:11', cancels = false, expiresIn } = decision
  if (expiresIn !== undefined)
    fake.faults.add({
      endpoint: 'token',
      grantType: 'authorization_code',
      fault: { type: 'override', fields: { expires_in: expiresIn } },
    })
  let response = await browser.page('/')
  for (let steps = 0; response.status === 302 && steps < 5; steps += 1) {
    const location = locationOf(response)
    const isConsent = new URL(location, 'http://localhost').pathname === '/oauth/authorize'
    if (!isConsent) response = await browser.page(location)
    else response = await browser.page(cancels ? fake.deny(location) : await fake.approve(location, { user }))
  }
  return response
}

export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`Status ${response.status} without a location`)
  return location
}

export async function dealsIn(response: Response): Promise<string[]> {
  const deals = (await response.json()) as { title: string; owner_id: number; currency: string }[]
  // Two companies have deals of the same name.
  return deals.map(({ title, owner_id, currency }) => `${title} ${owner_id} ${currency}`)
}
