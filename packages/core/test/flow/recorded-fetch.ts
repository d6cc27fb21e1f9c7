/** A request as it left the client. */
export interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  /** How many requests to the same address were in flight when this one left, itself included. */
  readonly atOnce: number
}

/** Returns a `fetch` that records every request. */
export function recordedFetch(inner: typeof fetch): { readonly fetch: typeof fetch; readonly sent: Sent[] } {
  const sent: Sent[] = []
  const open = new Map<string, number>()
  return {
    sent,
    async fetch(input, init) {
      const request = input instanceof Request ? input : undefined
      const url = request?.url ?? String(input)
      const atOnce = (open.get(url) ?? 0) + 1
      open.set(url, atOnce)
      sent.push({
        url,
        method: init?.method ?? request?.method ?? 'GET',
        headers: new Headers(init?.headers ?? request?.headers),
        atOnce,
      })
      try {
        return await inner(input, init)
      } finally {
        open.set(url, (open.get(url) ?? 0) - 1)
      }
    },
  }
}
