import { InvalidArgumentError } from '../../errors.ts'
import type { BearerToken } from '../../machine/tokens.ts'
import type { Rule } from '../runtime/check-options.ts'
import type { SdkApiClass, SdkConfiguration } from './api-access.ts'
import { observeRequest, type ApiObserver } from './observed-send.ts'

interface SdkApiParts extends ApiObserver {
  readonly configuration: SdkConfiguration
  /** Returns another token than the rejected one. Undefined: no other token exists, and the caller receives the 401. */
  readonly another: ((rejected: string) => Promise<BearerToken>) | undefined
}

/** A request of axios, as the SDK makes it. */
interface AxiosRequest {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly data?: unknown
  readonly transformResponse?: unknown
  readonly beforeRedirect?: BeforeRedirect | undefined
}

/** Is called for each redirect that axios follows, with the next request and the answer before it. */
type BeforeRedirect = (
  next: { readonly href?: string },
  answer: { readonly statusCode: number; readonly headers: unknown },
  ...more: unknown[]
) => void

/** The instance of axios that an API object of the SDK keeps to itself. */
interface Axios {
  request: (request: AxiosRequest) => Promise<unknown>
  readonly defaults: Pick<AxiosRequest, 'transformResponse' | 'beforeRedirect'>
}

/**
 * Returns an API object of the SDK. After a 401 it sends the request once more, with another token, unless its body is a stream.
 * Each request is observed.
 */
export function sdkApi<Api extends object>(
  given: SdkApiClass<Api>,
  { configuration, another, ...observer }: SdkApiParts,
): Api {
  const api = isClass(given) ? (Reflect.construct(given, [configuration]) as Api) : undefined
  const { axios } = Object(api) as { readonly axios?: Axios }
  if (api === undefined || typeof axios?.request !== 'function')
    throw new InvalidArgumentError('sdk()', ['it takes a class of the SDK, such as DealsApi'])
  const send = axios.request
  const sendOnce = async (request: AxiosRequest, attempt: number): Promise<SdkAnswer> => {
    const { method = 'GET', url = '' } = request
    const observe = observeRequest(observer, { method: method.toUpperCase(), path: pathOf(url), attempt })
    let status: number | undefined
    const heard = (answered: number, headers: unknown) => {
      status = answered
      observe({ status, headers: headersOf(headers) })
    }
    // What another host answers says nothing of the token or the limits.
    const beforeRedirect: BeforeRedirect = (next, answer, ...more) => {
      const { beforeRedirect: given = axios.defaults.beforeRedirect } = request
      given?.(next, answer, ...more)
      if (status === undefined && originIn(next.href) !== originIn(url))
        heard(answer.statusCode, answer.headers)
    }
    // The SDK's own interceptors leave nothing of an answer but its data. A transformer sees status and headers.
    const see = (data: unknown, headers: unknown, answered = 0) => {
      if (status === undefined) heard(answered, headers)
      return data
    }
    const transformResponse = [
      see,
      request.transformResponse ?? axios.defaults.transformResponse ?? [],
    ].flat()
    const result = send({ ...request, transformResponse, beforeRedirect })
    return result.then(
      () => ({ result, status }),
      (error: unknown) => {
        if (status === undefined) observe(undefined, error)
        return { result, status }
      },
    )
  }
  axios.request = async (request) => {
    const first = await sendOnce(request, 1)
    const rejected = bearerOf(request)
    if (first.status !== 401 || another === undefined || rejected === undefined) return first.result
    // Refresh even if this request cannot be sent again, so that the caller's next request works.
    const { accessToken } = await another(rejected)
    if (isStream(request.data)) return first.result
    const headers = { ...request.headers, Authorization: `Bearer ${accessToken}` }
    return (await sendOnce({ ...request, headers }, 2)).result
  }
  return api
}

/** The versions of the API that the SDK knows. */
export const sdkVersion: Rule = [(value) => value === 'v1' || value === 'v2', 'v1 or v2']

/** Returns whether a value can stand behind `new`. Does not call it. */
function isClass(value: unknown): boolean {
  try {
    return Reflect.construct(Object, [], value as SdkApiClass<object>) !== undefined
  } catch {
    return false
  }
}

/** The promise of the SDK, which has settled, and the status of the API's last answer, if there was one. */
interface SdkAnswer {
  readonly result: Promise<unknown>
  readonly status: number | undefined
}

function bearerOf({ headers }: AxiosRequest): string | undefined {
  return /^Bearer (.+)$/.exec(String(headers?.['Authorization']))?.[1]
}

/** Whether a body can be read once only: a stream, or a form of the package `form-data`. */
function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return 'pipe' in body || body instanceof ReadableStream || Symbol.asyncIterator in body
}

function originIn(url = ''): string | undefined {
  return URL.parse(url)?.origin
}

function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? '/'
}

function headersOf(headers: unknown): Headers {
  const lines = Object.entries(Object(headers) as Record<string, unknown>)
  const isText = (line: [string, unknown]): line is [string, string] => typeof line[1] === 'string'
  return new Headers(lines.filter(isText))
}
