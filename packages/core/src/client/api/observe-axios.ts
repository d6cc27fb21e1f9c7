import { observeRequest, type ApiObserver, type Observe } from './observed-send.ts'

/** A request of axios, as far as it is observed. */
interface AxiosRequest {
  readonly method?: string
  readonly url?: string
  readonly baseURL?: string
  transformResponse?: unknown
}

type Transform = (data: unknown, headers: unknown, status?: number) => unknown

/** An instance of axios, as far as it is observed. */
export interface ObservableAxios {
  readonly interceptors: {
    readonly request: { use(onRequest: (config: never) => never): unknown }
    readonly response: { use(onAnswer: undefined, onError: (error: unknown) => unknown): unknown }
  }
}

/** Observes every request of an axios instance. */
export function observeAxios({ interceptors }: ObservableAxios, observer: ApiObserver): void {
  const running = new WeakMap<object, Observe>()
  const onRequest = <Config extends AxiosRequest>(config: Config): Config => {
    const observe = observeRequest(observer, {
      method: (config.method ?? 'GET').toUpperCase(),
      path: pathOf(config),
      attempt: 1,
    })
    running.set(config, observe)
    // The SDK's own interceptors leave nothing of an answer but its data. A transformer sees status and headers.
    const see: Transform = (data, headers, status = 0) => {
      observe({ status, headers: headersOf(headers) })
      return data
    }
    config.transformResponse = [see, config.transformResponse ?? []].flat()
    return config
  }
  interceptors.request.use(onRequest)
  interceptors.response.use(undefined, (error) => {
    const { config, response } = Object(error) as { readonly config?: object; readonly response?: unknown }
    if (config !== undefined && response === undefined) running.get(config)?.(undefined, error)
    throw error
  })
}

function pathOf({ url = '', baseURL = 'https://api.pipedrive.com' }: AxiosRequest): string {
  return URL.canParse(url, baseURL) ? new URL(url, baseURL).pathname : '/'
}

function headersOf(headers: unknown): Headers {
  const lines = Object.entries(Object(headers) as Record<string, unknown>)
  const isText = (line: [string, unknown]): line is [string, string] => typeof line[1] === 'string'
  return new Headers(lines.filter(isText))
}
