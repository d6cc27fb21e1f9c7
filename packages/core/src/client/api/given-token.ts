import type { $Fetch } from 'ofetch'
import { defaultApiOrigin, trustedApiOrigin } from '../../protocol/api-domain.ts'
import { problemsOf } from '../../machine/problems.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import { InvalidArgumentError } from '../../errors.ts'
import type { ApiAccess, SdkConfiguration } from './api-access.ts'
import { apiFetch } from './api-fetch.ts'
import { lazyApi } from './lazy-api.ts'
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
  readonly api: $Fetch
  readonly #token: BearerToken

  constructor(given: GivenAccessToken, { apiOrigin, clock, emit, fetch, policy }: Settings) {
    const apiDomain = trustedApiOrigin(given.apiDomain ?? apiOrigin ?? defaultApiOrigin, apiOrigin)
    const problems = problemsOf(
      [!isHeaderText(given.accessToken), 'accessToken must be the access token, without `Bearer` before it'],
      [apiDomain === undefined, 'apiDomain must be an https address of pipedrive.com, or endpoints.api'],
    )
    if (apiDomain === undefined || problems.length > 0)
      throw new InvalidArgumentError('withAccessToken()', problems)
    const token: BearerToken = { accessToken: given.accessToken, apiDomain }
    this.#token = token
    this.fetch = apiFetch({
      send: fetch,
      clock,
      emit,
      installationId: undefined,
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

/** Returns whether a value can stand in a header: visible ASCII, without spaces. */
function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
