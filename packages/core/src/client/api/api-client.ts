/**
 * Calls Pipedrive's API: resolves to parsed JSON, and rejects for a status of 400 or more. `ofetch` with the token; these are its
 * types without those of other libraries.
 */
export interface ApiClient {
  /**
   * Resolves to the body of the answer. JSON is parsed and is not checked against `T`.
   * @throws {ApiError} `api_unavailable`, if no answer came
   * @throws {FetchError} of `ofetch`, for a status of 400 or more, and if your `signal` ended the request
   * @throws the errors of this library as they are
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the body is unknown, and most callers read it at once
  <T = any, Type extends ApiResponseType = 'json'>(
    request: RequestInfo,
    options?: ApiRequestOptions<Type>,
  ): Promise<ApiBody<T, Type>>
  /** Resolves to the whole answer, with the body that was read from it as `_data`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  raw<T = any, Type extends ApiResponseType = 'json'>(
    request: RequestInfo,
    options?: ApiRequestOptions<Type>,
  ): Promise<ApiRawResponse<ApiBody<T, Type>>>
  /** `fetch` with the token: see `ApiAccess.fetch`. */
  readonly native: typeof globalThis.fetch
  /** Returns a client with other defaults for each request. */
  create(defaults: ApiRequestOptions): ApiClient
}

/** The options of one request: those of `fetch`, and those of `ofetch`. */
export interface ApiRequestOptions<Type extends ApiResponseType = ApiResponseType>
  extends Omit<RequestInit, 'body'>, ApiHooks {
  /** Goes before a relative address. Default: the API domain of the installation. */
  readonly baseURL?: string | undefined
  /** Plain objects and arrays are sent as JSON. Default: none. */
  readonly body?: RequestInit['body'] | object | undefined
  /** Parameters of the address. Those that are undefined are left out. Default: none. */
  readonly query?: Readonly<Record<string, unknown>> | undefined
  /** Another name of `query`. */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** How long the request may take, in milliseconds. Has no effect with `signal`. Default: no limit. */
  readonly timeout?: number | undefined
  /** How often a request is sent again that failed. Default: 0, because `fetch` waits for the burst limit and renews the token. */
  readonly retry?: number | false | undefined
  /** How long to wait before that, in milliseconds. Default: 0. */
  readonly retryDelay?: number | ((context: ApiContext) => number) | undefined
  /** The statuses that are worth it. Default: 408, 409, 425, 429, 500, 502, 503, 504. */
  readonly retryStatusCodes?: readonly number[] | undefined
  /** What the body is read as. Default: by the `content-type` of the answer. */
  readonly responseType?: Type | undefined
  /** Reads the body from its text. Default: `JSON.parse`, or the text itself if it is no JSON. */
  readonly parseResponse?: ((text: string) => unknown) | undefined
  /** Whether a status of 400 or more resolves like any other. Default: false. */
  readonly ignoreResponseError?: boolean | undefined
}

/** Functions that are called around a request, one or a list of them. They may change the options. */
export interface ApiHooks {
  readonly onRequest?: ApiHook<ApiContext> | undefined
  readonly onRequestError?: ApiHook<ApiContext & { error: Error }> | undefined
  readonly onResponse?: ApiHook<ApiContext & { response: ApiRawResponse<unknown> }> | undefined
  readonly onResponseError?: ApiHook<ApiContext & { response: ApiRawResponse<unknown> }> | undefined
}

type ApiHook<Context> = Hook<Context> | readonly Hook<Context>[]
type Hook<Context> = (context: Context) => void | Promise<void>

/** A request that is under way. */
export interface ApiContext {
  request: RequestInfo
  options: { -readonly [Name in keyof ApiRequestOptions]: ApiRequestOptions[Name] } & { headers: Headers }
  response?: ApiRawResponse<unknown>
  error?: Error
}

/** An answer whose body was read. */
export interface ApiRawResponse<T> extends Response {
  _data?: T
}

/** What a body can be read as. */
export type ApiResponseType = keyof ReadBodies | 'json'

/** The body of an answer, by what it is read as. */
export type ApiBody<T, Type extends ApiResponseType> = Type extends keyof ReadBodies ? ReadBodies[Type] : T

interface ReadBodies {
  readonly blob: Blob
  readonly text: string
  readonly arrayBuffer: ArrayBuffer
  readonly stream: ReadableStream<Uint8Array>
}
