import type { HttpAnswer, HttpRequest } from '../protocol/http.ts'
import { readRetryAfter } from '../protocol/retry-after.ts'
import { readText } from './read-text.ts'

/** How requests reach Pipedrive. */
export interface Connection {
  readonly fetch: typeof globalThis.fetch
  /** The time, in epoch milliseconds. */
  readonly now: () => number
  readonly signal: AbortSignal
  /** The origin of the token endpoint, such as `https://oauth.pipedrive.com`. */
  readonly oauthOrigin: string
  /** One more origin, besides Pipedrive's, that is believed as `api_domain`. */
  readonly apiOrigin: string | undefined
}

/** No answer that is read here is longer than this, in bytes. */
const longestAnswer = 64 * 1024

/** Sends a request and reads the whole answer. Follows no redirect. Rejects where `fetch` does. */
export async function send(
  { url, ...init }: HttpRequest,
  { fetch, now, signal }: Pick<Connection, 'fetch' | 'now' | 'signal'>,
): Promise<HttpAnswer> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal })
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), now())
  const body = await readText(response, longestAnswer)
  return { status: response.status, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
