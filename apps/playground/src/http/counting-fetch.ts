/** A `fetch` that counts the requests to a token endpoint. */
export interface CountingFetch {
  readonly fetch: typeof globalThis.fetch
  tokenRequests(): number
}

export function countingFetch(fetch: typeof globalThis.fetch): CountingFetch {
  let count = 0
  return {
    fetch(input, init) {
      const { pathname } = new URL(input instanceof Request ? input.url : input)
      if (pathname === '/oauth/token') count++
      return fetch(input, init)
    },
    tokenRequests: () => count,
  }
}
