/**
 * A browser with its own cookies, over real HTTP. It sends requests for the application's public host to `origin`, as a proxy
 * would. */
export class Browser {
  readonly #origin: string
  readonly #publicOrigin: string
  readonly #jar: Map<string, string>

  constructor(origin: string, publicOrigin: string, jar = new Map<string, string>()) {
    this.#origin = origin
    this.#publicOrigin = publicOrigin
    this.#jar = jar
  }

  /** The same browser, but its requests go to another process, as behind a load balancer. */
  at(origin: string): Browser {
    return new Browser(origin, this.#publicOrigin, this.#jar)
  }

  /** Requests a page, as the address bar does. Does not follow redirects. */
  page(url: string): Promise<Response> {
    return this.send(url, { headers: { accept: 'text/html', 'sec-fetch-dest': 'document' } })
  }

  /** Requests data, as a script does. */
  data(url: string): Promise<Response> {
    return this.send(url, { headers: { accept: 'application/json' } })
  }

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.#jar.size > 0) headers.set('cookie', [...this.#jar].map((pair) => pair.join('=')).join('; '))
    const { pathname, search } = new URL(url, this.#publicOrigin)
    if (!headers.has('x-forwarded-host')) headers.set('x-forwarded-host', new URL(this.#publicOrigin).host)
    const response = await fetch(this.#origin + pathname + search, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie)
    return response
  }

  #keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
    if (/max-age=0/i.test(cookie)) this.#jar.delete(name)
    else this.#jar.set(name, value)
  }
}
