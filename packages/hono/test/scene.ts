import { createFakePipedrive, manualClock } from '@pd/fake-pipedrive'
import { memoryStore, PipedriveOAuth, type OAuthEvent, type PipedriveOAuthOptions } from '@pd/oauth-core'
import type { ExecutionContext } from 'hono'

export const hour = 60 * 60_000
export const origin = 'http://localhost:3000'

/** A fake Pipedrive, a clock, and clients over one store that counts how often it is read. */
export function createScene(redirectUri = `${origin}/pipedrive/callback`) {
  const clock = manualClock()
  const fake = createFakePipedrive({ clock, redirectUri })
  const events: OAuthEvent[] = []
  const memory = memoryStore()
  let reads = 0
  const get: typeof memory.get = (id) => {
    reads += 1
    return memory.get(id)
  }
  const client = (options: Partial<PipedriveOAuthOptions> = {}) =>
    new PipedriveOAuth({
      clientId: fake.app.clientId,
      clientSecret: fake.app.clientSecret,
      redirectUri: fake.app.redirectUri,
      secrets: ['test-secret-that-is-long-enough-0001'],
      store: { ...memory, get },
      fetch: fake.fetch,
      clock,
      onEvent: (event) => void events.push(event),
      ...options,
    })
  const refreshes = () => fake.tokenRequests({ grantType: 'refresh_token' }).length
  return { clock, fake, client, oauth: client(), events, refreshes, reads: () => reads }
}

/** What an edge runtime gives with each request; `kept` is what it is asked to keep alive. */
export function edgeRequest() {
  const kept: Promise<unknown>[] = []
  const context: ExecutionContext = {
    waitUntil: (work) => void kept.push(work),
    passThroughOnException: () => {},
    props: {},
  }
  return { context, kept }
}

type Fetch = (request: Request) => Response | Promise<Response>

/** A browser with cookies of its own, in front of an app. Redirects are not followed. */
export class Browser {
  readonly #fetch: Fetch
  readonly #jar = new Map<string, string>()

  constructor(app: { readonly fetch: Fetch }) {
    this.#fetch = app.fetch
  }

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ accept: 'text/html', ...Object.fromEntries(new Headers(init.headers)) })
    if (this.#jar.size > 0) headers.set('cookie', this.cookies)
    const response = await this.#fetch(new Request(new URL(url, origin), { ...init, headers }))
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';', 1)[0]!.split('=') as [string, string]
      if (/max-age=0/i.test(cookie)) this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
    return response
  }

  data(url: string): Promise<Response> {
    return this.send(url, { headers: { accept: 'application/json' } })
  }

  /** A user asks to connect, consents, and comes back. */
  async connect(fake: ReturnType<typeof createScene>['fake'], returnTo = '/deals'): Promise<Response> {
    const begun = await this.send(`/pipedrive/install?${new URLSearchParams({ returnTo })}`)
    return this.send(await fake.approve(locationOf(begun)))
  }

  /** The `Cookie` header it would send. */
  get cookies(): string {
    return [...this.#jar].map((pair) => pair.join('=')).join('; ')
  }
}

export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`Status ${response.status} without a location`)
  return location
}
