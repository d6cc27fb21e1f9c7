import { ForbiddenRequestError } from '../../errors.ts'
import { readRateLimit } from '../../protocol/rate-limit.ts'
import type { InstallationId } from '../../machine/account.ts'
import type { FullClock } from '../runtime/clock.ts'
import { observedSend, type ApiObserver, type Send } from './observed-send.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import { takeApart, type Outgoing } from './outgoing.ts'
import { hopAfter, isRedirect, type Hop } from './redirect.ts'

interface ApiFetchParts extends ApiObserver {
  readonly send: typeof globalThis.fetch
  /** How long one call may wait for the burst limit in all, in milliseconds. */
  readonly maxWaitMs: number
  /** Returns the current token. */
  readonly token: (signal: AbortSignal | undefined) => Promise<BearerToken>
  /** Returns another token than the rejected one. Undefined: no other token exists, and the caller receives the 401. */
  readonly another: ((rejected: string, signal: AbortSignal | undefined) => Promise<BearerToken>) | undefined
}

/** One call of the application, which may send several requests. */
interface Call {
  readonly clock: FullClock
  readonly send: Send
  readonly installationId: InstallationId | undefined
  /** How long it may still wait for the burst limit, in milliseconds. */
  leftMs: number
}

/** The last answer of a request. */
interface Answer {
  readonly response: Response
  /** Whether the API gave it. False: another host, which a redirect led to and which saw no token. */
  readonly isOwn: boolean
}

const mostRedirects = 5

/** Returns a `fetch` that adds a bearer token: see `ApiAccess.fetch` and `Installation.fetch`. */
export function apiFetch(given: ApiFetchParts): typeof globalThis.fetch {
  return async (input, init) => {
    const { clock, installationId, maxWaitMs } = given
    const call: Call = { clock, send: observedSend(given.send, given), installationId, leftMs: maxWaitMs }
    const outgoing = await takeApart(input, init)
    const signal = outgoing.init.signal ?? undefined
    const first = await given.token(signal)
    const { response, isOwn } = await withPatience(call, outgoing, first)
    if (response.status !== 401 || !isOwn || given.another === undefined) return response
    // Refresh even if this request cannot be sent again, so that the caller's next request works.
    const second = await given.another(first.accessToken, signal).catch(async (error: unknown) => {
      await discard(response)
      throw error
    })
    if (!outgoing.isReplayable) return response
    await discard(response)
    return (await withPatience(call, outgoing, second)).response
  }
}

/**
 * Waits for the burst limit to reset and sends again. Returns a 429 of the daily budget at once, because waiting is
 * useless.
 */
async function withPatience(call: Call, outgoing: Outgoing, token: BearerToken): Promise<Answer> {
  for (;;) {
    const answer = await follow(call, outgoing, token)
    const { response, isOwn } = answer
    if (response.status !== 429 || !isOwn || !outgoing.isReplayable) return answer
    const { resetMs, isDailyBudgetSpent } = readRateLimit(response.headers, call.clock.now())
    if (isDailyBudgetSpent || resetMs > call.leftMs) return answer
    call.leftMs -= resetMs
    await discard(response)
    await call.clock.sleep(resetMs, outgoing.init.signal ?? undefined)
  }
}

async function follow(call: Call, outgoing: Outgoing, token: BearerToken): Promise<Answer> {
  const mode = outgoing.init.redirect ?? 'follow'
  const own = ownAddress(outgoing.address, token.apiDomain, call)
  let hop: Hop = { url: own, init: outgoing.init }
  let isOwn = true
  for (let redirects = 0; ; redirects++) {
    const headers = new Headers(hop.init.headers)
    if (isOwn) headers.set('authorization', `Bearer ${token.accessToken}`)
    const response = await call.send(hop.url, { ...hop.init, headers, redirect: 'manual' }, isOwn)
    if (mode === 'manual') return { response, isOwn }
    const next = hopAfter(response, hop, outgoing.isReplayable)
    if (mode === 'error' ? isRedirect(response) : next !== undefined && redirects === mostRedirects) {
      await discard(response)
      throw new TypeError(`The API answered with a redirect (${response.status})`)
    }
    if (next === undefined) return { response, isOwn }
    await discard(response)
    // Once a request has left the API's host, the token is not added again.
    isOwn = isOwn && next.url.origin === own.origin
    hop = next
  }
}

/** Frees the connection of an answer that nobody reads. An answer that broke off cannot be cancelled, and matters no more. */
async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {})
}

function ownAddress(address: string, apiDomain: string, { installationId }: Call): URL {
  const url = URL.parse(address, apiDomain)
  if (url === null || !url.href.startsWith(`${apiDomain}/`))
    throw new ForbiddenRequestError(
      'foreign_origin',
      `The access token may go to ${apiDomain} only: use a path such as /api/v2/deals.`,
      { installationId },
    )
  return url
}
