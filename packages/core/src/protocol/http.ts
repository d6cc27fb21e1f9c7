/** A request as plain data, for whoever sends it. */
export interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer as plain data: `body` is undefined when it was longer than anyone would send in earnest. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string | undefined
  /** From the `Retry-After` header. */
  readonly retryAfterMs?: number
}
