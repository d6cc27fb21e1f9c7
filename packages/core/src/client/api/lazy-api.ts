import type { $Fetch, FetchOptions } from 'ofetch'
import { PipedriveOAuthError } from '../../errors.ts'

/** `fetch` does the waiting itself; and `ofetch` would wrap what it throws, and hide its class and `code`. */
const ownDefaults: FetchOptions = {
  retry: 0,
  onRequestError: ({ error }) => {
    if (error instanceof PipedriveOAuthError) throw error
  },
}

/**
 * `ofetch` over a `fetch`, loaded at the first call: on Node it takes longer to load than all the rest together,
 * and not every process calls the API.
 */
export function lazyApi(fetch: typeof globalThis.fetch, defaults: FetchOptions = ownDefaults): $Fetch {
  let loading: Promise<$Fetch> | undefined
  const load = () => {
    loading ??= import('ofetch').then(({ createFetch }) => createFetch({ fetch, defaults }))
    return loading
  }
  const api: Pick<$Fetch, 'raw' | 'native' | 'create'> = {
    raw: async (request, options) => (await load()).raw(request, options),
    native: fetch,
    create: (more) => lazyApi(fetch, { ...defaults, ...more }),
  }
  const call = async (...parameters: Parameters<$Fetch>) => (await load())(...parameters)
  return Object.assign(call, api) as $Fetch
}
