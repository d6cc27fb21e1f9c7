import { defaultApiOrigin, trustedApiOrigin } from '../../protocol/api-domain.ts'
import { readTokenText } from '../../protocol/token-text.ts'
import { problemsOf } from '../../machine/problems.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import { InvalidArgumentError } from '../../errors.ts'
import type { ApiAccess, SdkApiClass, SdkConfiguration } from './api-access.ts'
import type { ApiClient } from './api-client.ts'
import { apiFetch } from './api-fetch.ts'
import { lazyApi } from './lazy-api.ts'
import { pages, type Page, type PagesOptions } from './pages.ts'
import type { ApiObserver } from './observed-send.ts'
import { sdkApi, sdkVersion } from './sdk-api.ts'
import { checkArgument } from '../runtime/check-options.ts'
import type { Settings } from '../runtime/settings.ts'

/** An access token obtained elsewhere. */
export interface GivenAccessToken {
  readonly accessToken: string
  /** The `api_domain` that came with it. Default: `endpoints.api`, else `https://api.pipedrive.com`. */
  readonly apiDomain?: string | undefined
}

/** Calls the API with a given token. Never refreshes and never stores it. */
export class GivenToken implements ApiAccess {
  readonly fetch: typeof globalThis.fetch
  readonly api: ApiClient
  readonly #token: BearerToken
  readonly #observer: ApiObserver

  constructor(given: GivenAccessToken, { apiOrigin, clock, emit, fetch, policy }: Settings) {
    const apiDomain = trustedApiOrigin(given?.apiDomain ?? apiOrigin ?? defaultApiOrigin, apiOrigin)
    const accessToken = readTokenText(given?.accessToken)
    const problems = problemsOf(
      [accessToken === undefined, 'accessToken must be the access token, without `Bearer` before it'],
      [apiDomain === undefined, 'apiDomain must be an https address of pipedrive.com, or endpoints.api'],
    )
    if (apiDomain === undefined || accessToken === undefined)
      throw new InvalidArgumentError('withAccessToken()', problems)
    const token: BearerToken = { accessToken, apiDomain }
    this.#token = token
    this.#observer = { clock, emit, installationId: undefined }
    this.fetch = apiFetch({
      ...this.#observer,
      send: fetch,
      maxWaitMs: policy.rateLimitWaitMs,
      token: async () => token,
      another: undefined,
    })
    this.api = lazyApi(this.fetch)
  }

  pages<Item = unknown>(path: string, options?: PagesOptions): AsyncGenerator<Page<Item>> {
    return pages<Item>(this.api, path, options)
  }

  async accessToken(): Promise<string> {
    return this.#token.accessToken
  }

  sdk<Api extends object>(version: 'v1' | 'v2', api: SdkApiClass<Api>): Promise<Api>
  sdk(version: 'v1' | 'v2'): Promise<SdkConfiguration>
  async sdk(version: 'v1' | 'v2', api?: SdkApiClass<object>): Promise<object> {
    checkArgument('sdk()', 'version', version, sdkVersion)
    const { apiDomain } = this.#token
    const configuration = { accessToken: () => this.accessToken(), basePath: `${apiDomain}/api/${version}` }
    if (api === undefined) return configuration
    return sdkApi(api, { ...this.#observer, configuration, another: undefined })
  }
}
