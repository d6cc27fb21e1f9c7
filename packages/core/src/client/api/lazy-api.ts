import type { $Fetch, FetchOptions } from 'ofetch'
import { PipedriveOAuthError } from '../../errors.ts'
import { lazyPart } from '../runtime/lazy-part.ts'
import { withoutUndefined } from '../runtime/without-undefined.ts'
import { apiErrorFor } from './observed-send.ts'
import type { ApiClient, ApiRequestOptions } from './api-client.ts'

const ofetch = lazyPart('API calls', () => import('ofetch'))

/** Turns retries off, because our `fetch` retries by itself. */
const ownDefaults: ApiRequestOptions = { retry: 0 }

/**
 * Returns `ofetch` on top of a `fetch`. Errors of this library are thrown as they are: `ofetch` would wrap them and hide their
 * `code`. If no answer came, throws an `ApiError`. Loads `ofetch` at the first call: on Node it takes longer to load than
 * everything else together, and not every process calls the API.
 */
export function lazyApi(fetch: typeof globalThis.fetch, defaults = ownDefaults): ApiClient {
  const run = async <T>(
    options: ApiRequestOptions = {},
    call: (made: $Fetch, hooked: FetchOptions) => Promise<T>,
  ) => {
    const { createFetch } = await ofetch()
    let own: PipedriveOAuthError | undefined
    const noted: typeof fetch = async (input, init) => {
      own = undefined
      try {
        return await fetch(input, init)
      } catch (error) {
        if (error instanceof PipedriveOAuthError) own = error
        throw error
      }
    }
    const hooks = [options.onRequestError ?? defaults.onRequestError ?? []].flat()
    // Without this, `ofetch` would send again what cannot succeed.
    const onRequestError = [...hooks, () => (own === undefined ? undefined : Promise.reject(own))]
    // To `ofetch`, undefined is another value than the default.
    const made = createFetch({ fetch: noted, defaults: withoutUndefined(defaults) })
    try {
      return await call(made, withoutUndefined({ ...options, onRequestError }))
    } catch (error) {
      const { cause } = Object(error) as { cause?: unknown }
      const isAborted = (options.signal ?? defaults.signal)?.aborted === true || isAbort(cause)
      throw own ?? (isAborted ? undefined : apiErrorFor(cause)) ?? error
    }
  }
  const call = (...[request, options]: Parameters<ApiClient>) =>
    run(options, (made, hooked) => made(request, hooked))
  const raw = (...[request, options]: Parameters<ApiClient['raw']>) =>
    run(options, (made, hooked) => made.raw(request, hooked))
  const create = (more?: ApiRequestOptions) => lazyApi(fetch, { ...defaults, ...withoutUndefined(more) })
  return Object.assign(call, { raw, native: fetch, create }) as ApiClient
}

/** Returns whether a caller has ended the request. A `timeout` of `ofetch` has another name. */
function isAbort(cause: unknown): boolean {
  return (Object(cause) as { name?: unknown }).name === 'AbortError'
}
