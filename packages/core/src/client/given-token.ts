import type { $Fetch } from 'ofetch'
import { defaultApiOrigin, trustedApiOrigin } from '../protocol/api-domain.ts'
import { ConfigurationError } from '../errors.ts'
import type { ApiAccess, SdkConfiguration } from './api-access.ts'
import type { Delivered } from './access-tokens.ts'
import { apiFetch } from './api-fetch.ts'
import { lazyApi } from './lazy-api.ts'
import type { Settings } from './options.ts'

/** An access token that was had elsewhere. */
export interface GivenAccessToken {
  readonly accessToken: string
  /** The `api_domain` that came with it. Default: Pipedrive's host for every company. */
  readonly apiDomain?: string
}

/** A token as it was given: used, never refreshed, never stored. */
export class GivenToken implements ApiAccess {
  readonly fetch: typeof globalThis.fetch
  readonly api: $Fetch
  readonly #token: Delivered

  constructor(given: GivenAccessToken, { apiOrigin, clock, fetch, policy }: Settings) {
    const apiDomain = trustedApiOrigin(given.apiDomain ?? apiOrigin ?? defaultApiOrigin, apiOrigin)
    const problems = [
      ...(isHeaderText(given.accessToken)
        ? []
        : ['withAccessToken(): accessToken must be the access token, without `Bearer` before it']),
      ...(apiDomain === undefined
        ? ['withAccessToken(): apiDomain must be an https address of pipedrive.com, or endpoints.api']
        : []),
    ]
    if (apiDomain === undefined || problems.length > 0) throw new ConfigurationError(problems)
    const token: Delivered = { accessToken: given.accessToken, apiDomain }
    this.#token = token
    this.fetch = apiFetch({
      send: fetch,
      clock,
      maxWaitMs: policy.rateLimitWaitMs,
      token: async () => token,
      another: undefined,
    })
    this.api = lazyApi(this.fetch)
  }

  async accessToken(): Promise<string> {
    return this.#token.accessToken
  }

  async sdk(version: 'v1' | 'v2'): Promise<SdkConfiguration> {
    const { apiDomain } = this.#token
    return { accessToken: () => this.accessToken(), basePath: `${apiDomain}/api/${version}` }
  }
}

/** Whether a value can stand in a header: visible ASCII, without spaces. */
function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
