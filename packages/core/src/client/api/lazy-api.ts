import type { $Fetch, FetchOptions } from 'ofetch'
import { PipedriveOAuthError } from '../../errors.ts'

/**
 * Turns retries off, because our `fetch` retries by itself. Rethrows our errors, because `ofetch` would wrap them and
 * hide their `code`.
 */
const ownDefaults: FetchOptions = {
  retry: 0,
  onRequestError: ({ error }) => {
    if (error instanceof PipedriveOAuthError) throw error
  },
}

/**
 * Returns `ofetch` on top of a `fetch`. Loads `ofetch` at the first call: on Node it takes longer to load than
 * everything else together, and not every process calls the API.
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
