import type { $Fetch } from 'ofetch'

/** How long a caller waits for a token. */
export interface WaitOptions {
  /** Ends the waiting of this caller. A refresh that is under way goes on. */
  readonly signal?: AbortSignal | undefined
  /** How long this caller waits, in milliseconds. Default: `policy.waitMs`. */
  readonly waitMs?: number | undefined
}

/** What `new Configuration(...)` of the npm package `pipedrive` takes. */
export interface SdkConfiguration {
  readonly accessToken: () => Promise<string>
  readonly basePath: string
}

/** The ways to call Pipedrive's API with one user's token. */
export interface ApiAccess {
  /** `fetch` with the token; relative addresses go to the user's own API domain, and others are refused. */
  readonly fetch: typeof globalThis.fetch
  /** `ofetch` over `fetch`: parses JSON, throws for statuses of 400 and more. */
  readonly api: $Fetch
  /** The access token, for another HTTP client. */
  accessToken(options?: WaitOptions): Promise<string>
  /** What the official SDK needs. */
  sdk(version: 'v1' | 'v2'): Promise<SdkConfiguration>
}
