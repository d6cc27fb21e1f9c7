import type { $Fetch, FetchOptions } from 'ofetch'
import { PipedriveOAuthError } from '../../errors.ts'

/** Turns retries off, because our `fetch` retries by itself. */
const ownDefaults: FetchOptions = { retry: 0 }

/**
 * Returns `ofetch` on top of a `fetch`. Errors of this library are thrown as they are: `ofetch` would wrap them and hide their
 * `code`. Loads `ofetch` at the first call: on Node it takes longer to load than everything else together, and not every
 * process calls the API.
 */
export function lazyApi(fetch: typeof globalThis.fetch, defaults: FetchOptions = ownDefaults): $Fetch {
  const run = async <T>(
    options: FetchOptions = {},
    call: (made: $Fetch, hooked: FetchOptions) => Promise<T>,
  ) => {
    const { createFetch } = await import('ofetch')
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
    try {
      return await call(createFetch({ fetch: noted, defaults }), { ...options, onRequestError })
    } catch (error) {
      throw own ?? error
    }
  }
  const api: Pick<$Fetch, 'raw' | 'native' | 'create'> = {
    raw: (request, options) => run(options as never, (made, hooked) => made.raw(request, hooked as never)),
    native: fetch,
    create: (more, global) => lazyApi(fetch, { ...defaults, ...global?.defaults, ...more }),
  }
  const call = (...[request, options]: Parameters<$Fetch>) =>
    run(options, (made, hooked) => made(request, hooked))
  return Object.assign(call, api) as $Fetch
}
