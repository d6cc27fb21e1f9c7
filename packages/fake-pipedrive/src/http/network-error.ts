/** The error with which `fetch` rejects when it gets no answer, in the form of Node's. */
export function networkError(code: 'ECONNRESET' | 'ENOTFOUND' | 'ERR_REDIRECT', message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}
