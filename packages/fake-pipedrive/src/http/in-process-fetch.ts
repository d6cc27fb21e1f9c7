import type { Answer } from '../faults/answer.ts'
import type { AppFetch } from '../options.ts'
import type { OpenExchange } from './exchange.ts'
import { networkError } from './network-error.ts'
import type { Site } from './site.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const MOST_REDIRECTS = 20

/**
 * Creates a `fetch` that answers for the fake's hosts and reaches nothing else. It is a plain function and needs no `this`.
 * @param sites the hosts by origin.
 * @param appFetch follows redirects to other hosts. Without it they fail as for an unknown host.
 */
export function createInProcessFetch(
  openExchange: OpenExchange,
  sites: ReadonlyMap<string, Site>,
  appFetch: AppFetch | undefined,
): typeof fetch {
  const send = async (request: Request, signal: AbortSignal | undefined): Promise<Response> => {
    const { origin } = new URL(request.url)
    const site = sites.get(origin)
    if (!site) throw networkError('ENOTFOUND', `Fake Pipedrive has no host ${origin}`)
    const exchange = openExchange(request, site)
    const response = await unlessAborted(exchange.answer.then(receive), signal, exchange.abandon)
    return Object.defineProperty(response, 'url', { value: request.url })
  }

  const follow = async (request: Request, signal: AbortSignal | undefined): Promise<Response> => {
    let next = request
    for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
      const response =
        sites.has(new URL(next.url).origin) || !appFetch ? await send(next, signal) : await appFetch(next)
      const location = response.headers.get('location')
      if (!REDIRECTS.includes(response.status) || !location || request.redirect === 'manual') return response
      if (request.redirect === 'error') throw networkError('ERR_REDIRECT', 'unexpected redirect')
      // The next request is a GET: only form posts with a body are redirected here, by 303.
      next = new Request(new URL(location, next.url), {
        headers: { accept: request.headers.get('accept') ?? '*/*' },
      })
    }
    throw networkError('ERR_REDIRECT', 'redirect count exceeded')
  }

  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    signal?.throwIfAborted()
    return follow(new Request(input, init), signal)
  }
}

/** Returns or throws what a client gets for an answer. */
function receive(answer: Answer): Promise<Response> | Response {
  switch (answer.type) {
    case 'response':
      return answer.response
    case 'cut':
      return cutShort(answer.response)
    case 'reset':
      throw networkError('ECONNRESET', 'read ECONNRESET')
    case 'hang':
      return new Promise<never>(() => {})
  }
}

/** Returns the response with half its body. Reading on then fails. */
async function cutShort(response: Response): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const parts = [bytes.subarray(0, Math.ceil(bytes.length / 2))]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift()
      if (part) controller.enqueue(part)
      else controller.error(new TypeError('terminated', { cause: new Error('other side closed') }))
    },
  })
  return new Response(body, { status: response.status, headers: response.headers })
}

async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  abandon: () => void,
): Promise<T> {
  if (!signal) return promise
  const aborted = Promise.withResolvers<never>()
  const abort = () => {
    abandon()
    aborted.reject(signal.reason)
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
