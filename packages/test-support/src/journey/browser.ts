/** A browser with cookies of its own, over real HTTP. It takes the application's public host for `origin`. */
export class Browser {
  readonly #origin: string
  readonly #publicOrigin: string
  readonly #jar: Map<string, string>

  constructor(origin: string, publicOrigin: string, jar = new Map<string, string>()) {
    this.#origin = origin
    this.#publicOrigin = publicOrigin
    this.#jar = jar
  }

  /** The same browser, whose requests a load balancer sends to another process. */
  at(origin: string): Browser {
    return new Browser(origin, this.#publicOrigin, this.#jar)
  }

  /** Asks for a page, as the address bar does. Redirects are not followed. */
  page(url: string): Promise<Response> {
    return this.send(url, { headers: { accept: 'text/html', 'sec-fetch-dest': 'document' } })
  }

  /** Asks for data, as a script does. */
  data(url: string): Promise<Response> {
    return this.send(url, { headers: { accept: 'application/json' } })
  }

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.#jar.size > 0) headers.set('cookie', [...this.#jar].map((pair) => pair.join('=')).join('; '))
    const { pathname, search } = new URL(url, this.#publicOrigin)
    const response = await fetch(this.#origin + pathname + search, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie)
    return response
  }

  #keep(cookie: string): void {
    const [name, value] = cookie.split(';', 1)[0]!.split('=') as [string, string]
    if (/max-age=0/i.test(cookie)) this.#jar.delete(name)
    else this.#jar.set(name, value)
  }
}
