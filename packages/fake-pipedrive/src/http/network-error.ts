/** Returns the error with which Node's `fetch` rejects when it gets no response. */
export function networkError(code: 'ECONNRESET' | 'ENOTFOUND' | 'ERR_REDIRECT', message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}
