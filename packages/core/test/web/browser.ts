import { parseSetCookie, type SetCookie } from 'cookie'

type Handler = (request: Request) => Promise<Response | undefined>

/** A browser with cookies of its own that talks to one handler. */
export class Browser {
  readonly #handler: Handler
  readonly #jar: Map<string, string>

  constructor(handler: Handler, jar = new Map<string, string>()) {
    this.#handler = handler
    this.#jar = jar
  }

  /** The same browser, but its requests go to another process. */
  at(handler: Handler): Browser {
    return new Browser(handler, this.#jar)
  }

  /** Sends a request with this browser's cookies and keeps those that come back. Redirects are not followed. */
  async send(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ accept: 'text/html', ...Object.fromEntries(new Headers(init.headers)) })
    if (this.#jar.size > 0) headers.set('cookie', this.cookies)
    const response = await this.#handler(new Request(url, { ...init, headers }))
    if (response === undefined) throw new Error(`The handler does not know ${url}`)
    for (const { name, value, maxAge } of cookiesSetBy(response)) {
      if (maxAge === 0) this.#jar.delete(name)
      else this.#jar.set(name, value ?? '')
    }
    return response
  }

  /** The `Cookie` header it would send. */
  get cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  get cookieNames(): string[] {
    return [...this.#jar.keys()]
  }

  setCookie(name: string, value: string): void {
    this.#jar.set(name, value)
  }
}

/** Returns the cookies that a response sets, as name, value and attributes. */
export function cookiesSetBy(response: Response): SetCookie[] {
  return response.headers.getSetCookie().map((text) => parseSetCookie(text))
}

/** Returns the address that a response redirects to. */
export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`Status ${response.status} without a location`)
  return location
}
