import type { FakePipedrive } from '@pd/fake-pipedrive'
import { Browser } from './browser.ts'

/** The app's callback URL, on a public host. The application itself listens elsewhere. */
export const redirectUri = 'http://localhost:8787/pipedrive/callback'

/** The results of one flow over HTTP, from the first page to the uninstall. */
export interface Journey {
  readonly stranger: { readonly status: number; readonly code: string; readonly install: string }
  readonly sentToInstall: string
  readonly broughtBackTo: string
  readonly deals: number
  readonly concurrent: { readonly statuses: readonly number[]; readonly tokenRequests: number }
  readonly wrongNotice: number
  readonly notice: number
  readonly afterwards: { readonly status: number; readonly code: string }
}

/** The results that every runtime must give. */
export const expectedJourney = (deals: number): Journey => ({
  stranger: { status: 401, code: 'not_signed_in', install: 'http://localhost:8787/pipedrive/install' },
  sentToInstall: 'http://localhost:8787/pipedrive/install?returnTo=%2Fdeals%3Fpage%3D1',
  broughtBackTo: '/deals?page=1',
  deals,
  concurrent: { statuses: [200], tokenRequests: 1 },
  wrongNotice: 401,
  notice: 200,
  afterwards: { status: 401, code: 'not_signed_in' },
})

/**
 * Runs the whole flow against an application: connect, read, read many times at once with an expired token, uninstall.
 * `origins` are its processes or isolates, `fake` is the Pipedrive that it uses, and `callers` (default: 20) is how many
 * read at once.
 */
export async function drive(
  fake: FakePipedrive,
  origins: readonly string[],
  { callers = 20 }: { readonly callers?: number } = {},
): Promise<Journey> {
  const browser = new Browser(origins[0]!, new URL(redirectUri).origin)
  const stranger = await answerOf(await browser.data('/deals'))
  const { sentToInstall, broughtBackTo } = await connect(fake, browser, { expiresIn: 1 })

  const everywhere = origins.map((origin) => browser.at(origin))
  const answers = await Promise.all(
    Array.from({ length: callers }, (_, index) => everywhere[index % everywhere.length]!.data(broughtBackTo)),
  )
  const { deals } = (await answers[0]!.json()) as { deals: readonly unknown[] }
  const statuses = [...new Set(answers.map(({ status }) => status))]
  const tokenRequests = fake.tokenRequests({ grantType: 'refresh_token' }).length

  const { request } = await fake.uninstall()
  const notify = (authorization: string | null, body: string) =>
    browser.send(redirectUri, {
      method: 'DELETE',
      headers: { authorization: authorization ?? '', 'content-type': 'application/json' },
      body,
    })
  const body = await request.text()
  const wrongNotice = (await notify('Basic d3Jvbmc6d3Jvbmc=', body)).status
  const notice = (await notify(request.headers.get('authorization'), body)).status
  const { status, code } = await answerOf(await browser.data('/deals'))
  return {
    stranger,
    sentToInstall,
    broughtBackTo,
    deals: deals.length,
    concurrent: { statuses, tokenRequests },
    wrongNotice,
    notice,
    afterwards: { status, code },
  }
}

/** A user requests a page, consents at Pipedrive, and comes back. `expiresIn` is the `expires_in` of the first token, in seconds. */
export async function connect(
  fake: FakePipedrive,
  browser: Browser,
  { expiresIn }: { readonly expiresIn: number },
): Promise<{ readonly sentToInstall: string; readonly broughtBackTo: string }> {
  fake.faults.add({
    endpoint: 'token',
    grantType: 'authorization_code',
    fault: { type: 'override', fields: { expires_in: expiresIn } },
  })
  const sentToInstall = locationOf(await browser.page('/deals?page=1'))
  const consent = new URL(locationOf(await browser.page(sentToInstall)))
  const decision = await fetch(consent.origin + consent.pathname, {
    method: 'POST',
    body: new URLSearchParams([...consent.searchParams, ['decision', 'allow']]),
    redirect: 'manual',
  })
  return { sentToInstall, broughtBackTo: locationOf(await browser.page(locationOf(decision))) }
}

function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`${response.url} answered ${response.status} without a location`)
  return location
}

async function answerOf(response: Response): Promise<Journey['stranger']> {
  const { code, install } = (await response.json()) as { code: string; install: string }
  return { status: response.status, code, install }
}
