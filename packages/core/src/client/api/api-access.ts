import type { ApiClient } from './api-client.ts'
import type { Page, PagesOptions } from './pages.ts'

/** How long a caller waits for a token. */
export interface WaitOptions {
  /** Stops the waiting of this caller. A running refresh continues. Default: none. */
  readonly signal?: AbortSignal | undefined
  /** How long this caller waits, in milliseconds. Default: `policy.waitMs`, 35 000. */
  readonly waitMs?: number | undefined
}

/** The parameters for `new Configuration(...)` of the npm package `pipedrive`. */
export interface SdkConfiguration {
  readonly accessToken: () => Promise<string>
  readonly basePath: string
}

/** A class of the npm package `pipedrive` whose objects call the API, such as `DealsApi`. */
export type SdkApiClass<Api extends object> = new (configuration: never) => Api

/** The ways to call Pipedrive's API with one user's token. */
export interface ApiAccess {
  /** `fetch` with the token. Relative addresses go to the user's own API domain; it rejects addresses elsewhere. */
  readonly fetch: typeof globalThis.fetch
  /** `ofetch` through `fetch` above: returns parsed JSON, and throws for a status of 400 or more. */
  readonly api: ApiClient
  /** Yields page after page of a list, through `api` above. */
  pages<Item = unknown>(path: string, options?: PagesOptions): AsyncGenerator<Page<Item>>
  /** Resolves to the access token, for another HTTP client. */
  accessToken(options?: WaitOptions): Promise<string>
  /** Resolves to an API object of the official SDK: `const deals = await installation.sdk('v2', DealsApi)`. */
  sdk<Api extends object>(version: 'v1' | 'v2', api: SdkApiClass<Api>): Promise<Api>
  /** Resolves to the parameters of the official SDK's `Configuration`. */
  sdk(version: 'v1' | 'v2'): Promise<SdkConfiguration>
}
