/** A request as plain data. */
export interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** An answer as plain data. `body` is undefined if it was longer than the limit of the reader. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string | undefined
  /** From the `Retry-After` header. */
  readonly retryAfterMs?: number
}
