import type { HttpAnswer, HttpRequest } from '../protocol/http.ts'
import { readRetryAfter } from '../protocol/retry-after.ts'
import { readText } from './read-text.ts'

/** What a request to Pipedrive needs besides its content. */
export interface Connection {
  readonly fetch: typeof globalThis.fetch
  /** Returns the current time, in epoch milliseconds. */
  readonly now: () => number
  readonly signal: AbortSignal
  /** The origin of the token endpoint, such as `https://oauth.pipedrive.com`. */
  readonly oauthOrigin: string
  /** One more origin, besides Pipedrive's, that is accepted as `api_domain`. */
  readonly apiOrigin: string | undefined
  /** Is told the headers of the answer, and when the request was sent and answered (epoch ms). */
  readonly heard?: (headers: Headers, sentAt: number, receivedAt: number) => void
}

/** The longest answer that is read, in bytes. A longer one counts as an answer without a body. */
const longestAnswer = 64 * 1024

/** Sends a request and returns the whole answer. Follows no redirect. Rejects if `fetch` rejects. */
export async function send(
  { url, ...init }: HttpRequest,
  { fetch, now, signal, heard }: Pick<Connection, 'fetch' | 'now' | 'signal' | 'heard'>,
): Promise<HttpAnswer> {
  const sentAt = now()
  const response = await fetch(url, { ...init, redirect: 'manual', signal })
  heard?.(response.headers, sentAt, now())
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), now())
  const body = await readText(response, longestAnswer)
  return { status: response.status, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}
