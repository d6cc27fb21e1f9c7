/** What a callback address says, each parameter at most once. */
export interface CallbackParameters {
  readonly state?: string
  readonly code?: string
  readonly error?: string
}

/**
 * Reads a callback address. Undefined when it is not an address or gives a parameter twice.
 * @see [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-4.1.2) and [§3.1](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.1)
 */
export function readCallback(url: string | URL): CallbackParameters | undefined {
  const text = String(url)
  // Frameworks often hand over the path alone; only the query matters here.
  if (!URL.canParse(text, 'https://callback.invalid')) return undefined
  const query = new URL(text, 'https://callback.invalid').searchParams
  const parameters: { state?: string; code?: string; error?: string } = {}
  for (const name of ['state', 'code', 'error'] as const) {
    const values = query.getAll(name)
    if (values.length > 1) return undefined
    if (values[0]) parameters[name] = values[0]
  }
  return parameters
}
