import { memoryStore, PipedriveOAuth, type PipedriveOAuthOptions } from '@pd/oauth-core'
import type { Clock } from '@pd/oauth-core/adapter'
import { marker, type Show } from './fuzz-target.ts'

export const clientId = 'fuzzed-client'
export const clientSecret = `${marker}-client-secret`
export const redirectUri = 'http://localhost:3000/pipedrive/callback'

/** A client whose log and events go to the target that is under way. */
export function fuzzedClient(options: Partial<PipedriveOAuthOptions> = {}) {
  let show: Show = () => {}
  const log = (message: string, details: unknown) => show({ message, details })
  const oauth = new PipedriveOAuth({
    clientId,
    clientSecret,
    redirectUri,
    secrets: [`${marker}-sealing-secret-that-is-long-enough`],
    store: memoryStore(),
    logger: { error: log, warn: log, info: log },
    onEvent: (event) => show(event),
    fetch: async () => answer(400, '{"error":"invalid_grant"}'),
    ...options,
  })
  return {
    oauth,
    /** Where the log and the events go from now on. */
    showTo(next: Show): void {
      show = next
    },
  }
}

/** A clock on which every pause is over as soon as all other work is done. */
export function quickClock(): Clock {
  let aheadMs = 0
  return {
    now: () => Date.now() + aheadMs,
    async sleep(ms, signal) {
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      aheadMs += ms
    },
  }
}

/** An answer, with any status and headers that a server can send. */
export function answer(status: number, body: string, headers: Record<string, string> = {}): Response {
  const hasBody = status !== 204 && status !== 205 && status !== 304
  return new Response(hasBody ? body : null, { status, headers })
}

/** A token response as Pipedrive gives it. */
const tokenResponse = JSON.stringify({
  access_token: `${marker}-access`,
  refresh_token: `${marker}-refresh`,
  token_type: 'Bearer',
  expires_in: 3_599,
  scope: 'base',
  api_domain: 'https://acme.pipedrive.com',
})

/** Answers as Pipedrive does, without looking at what it is asked. */
export const pipedrive: typeof fetch = async (input) =>
  String(input).includes('/oauth/')
    ? answer(200, tokenResponse)
    : answer(200, '{"data":{"id":11,"company_id":1001,"name":"Ada"}}')
