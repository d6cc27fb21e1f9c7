import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakePipedrive } from '@pd/fake-pipedrive'
import { sqlStore } from '@pd/oauth-sql'
import { nodeSqliteDriver } from '@pd/oauth-sql/node-sqlite'
import { freePort } from '@pd/test-support/free-port'
import { ageTokens } from '@pd/test-support/journey'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { NextServer } from './next-server.ts'

/** A fake Pipedrive, and the built application on the port of its callback. */
export async function createScene() {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const redirectUri = `${origin}/pipedrive/callback`
  const fake = createFakePipedrive({ redirectUri, rotateRefreshTokens: true, panelUrl: `${origin}/panel` })
  onTestFinished(() => fake.close())
  const pipedrive = await fake.listen()
  const folder = mkdtempSync(join(tmpdir(), 'next-app-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const database = join(folder, 'installations.db')
  const secret = 'only-for-tests-0123456789-0123456789'
  const start = () =>
    NextServer.start(port, {
      PIPEDRIVE_CLIENT_ID: fake.app.clientId,
      PIPEDRIVE_CLIENT_SECRET: fake.app.clientSecret,
      PIPEDRIVE_REDIRECT_URI: redirectUri,
      PIPEDRIVE_ORIGIN: pipedrive.origin,
      PD_OAUTH_SECRETS: secret,
      DATABASE: database,
    })
  let server = await start()
  onTestFinished(() => server.stop('SIGKILL'))
  return {
    fake,
    origin,
    pipedrive: pipedrive.origin,
    server: () => server,
    /** Asks the server to end, and starts the next one as soon as it takes no request any more. Gives the end of the first. */
    async replaceServer(): Promise<{ readonly ended: Promise<void> }> {
      const ended = server.stop()
      await expect.poll(() => fetch(origin).catch(() => 'refused')).toBe('refused')
      server = await start()
      return { ended }
    },
    ageTokens: () =>
      ageTokens(fake, {
        origin: pipedrive.origin,
        store: sqlStore(nodeSqliteDriver(database)),
        secrets: [secret],
      }),
    /** Pipedrive sends the notice of an uninstall. Resolves to the status of the answer. */
    async uninstall(user: string): Promise<number> {
      const { request } = await fake.uninstall(user)
      return (await fetch(request)).status
    },
    /** How often a browser has opened the consent page. */
    consents: () =>
      fake.calls.filter(({ method, path }) => method === 'GET' && path === '/oauth/authorize').length,
    refreshes: () => fake.tokenRequests({ grantType: 'refresh_token' }),
  }
}

export type Scene = Awaited<ReturnType<typeof createScene>>

/** Opens a page until the test ends. The test fails if the page has reported an error that is not tolerated. */
export async function openPage(context: BrowserContext, tolerated = /(?!)/): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  onTestFinished(() => {
    expect(complaints.filter((complaint) => !tolerated.test(complaint))).toEqual([])
  })
  return page
}

/** Allows access as a user on the consent page. */
export async function allow(page: Page, user: string): Promise<void> {
  await page.selectOption('select[name=user]', user)
  await page.click('button[value=allow]')
}
