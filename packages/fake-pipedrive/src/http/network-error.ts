/** The error with which `fetch` rejects when the network fails, as Node's has it. */
export function networkError(code: 'ECONNRESET' | 'ENOTFOUND', message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}
