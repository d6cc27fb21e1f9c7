/** A response with its page. */
export interface Visit {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** The parts of a browser that a connection needs: cookies and forms. It returns redirects and does not follow them. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  get(url: string): Promise<Visit> {
    return this.#request(url, { method: 'GET' })
  }

  /**
   * Submits a form of a page with its preset values.
   * @param chosen replaces or adds values, such as that of the pressed button.
   * @param to the address of the form. Default: the first form of the page.
   */
  submit(page: Visit, chosen: Readonly<Record<string, string>> = {}, to?: string): Promise<Visit> {
    const { action, fields } = readForm(page, to)
    return this.#request(action, {
      method: 'POST',
      body: new URLSearchParams({ ...fields, ...chosen }),
      headers: { origin: new URL(page.url).origin },
    })
  }

  /** Returns the `Cookie` header for an address. */
  cookiesFor(url: string): string {
    return [...this.#jar(url)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async #request(url: string, init: RequestInit): Promise<Visit> {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/html')
    headers.set('cookie', this.cookiesFor(url))
    const jar = this.#jar(url)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) keep(jar, cookie)
    return { url, status: response.status, headers: response.headers, text: await response.text() }
  }

  #jar(url: string): Map<string, string> {
    const { hostname } = new URL(url)
    const jar = this.#cookies.get(hostname) ?? new Map<string, string>()
    this.#cookies.set(hostname, jar)
    return jar
  }
}

function keep(jar: Map<string, string>, cookie: string): void {
  const [pair = '', ...attributes] = cookie.split(/;\s*/)
  const [name = '', ...value] = pair.split('=')
  if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) jar.delete(name)
  else jar.set(name, value.join('='))
}

/** Returns the address of a form, its inputs, and the first option of each of its selects. */
function readForm(page: Visit, to?: string): { action: string; fields: Record<string, string> } {
  const forms = page.text.match(/<form\b[^>]*>[\s\S]*?<\/form>/gi) ?? []
  const form = forms.find((form) => to === undefined || attribute(form, 'action') === to)
  if (form === undefined) throw new Error(`There is no form ${to ?? ''} on ${new URL(page.url).pathname}`)
  const fields: Record<string, string> = {}
  for (const [tag] of form.matchAll(/<input\b[^>]*>/gi))
    fields[attribute(tag, 'name')] = attribute(tag, 'value')
  for (const [select] of form.matchAll(/<select\b[\s\S]*?<\/select>/gi))
    fields[attribute(select, 'name')] = attribute(/<option\b[^>]*>/i.exec(select)?.[0] ?? '', 'value')
  return { action: new URL(attribute(form, 'action'), page.url).href, fields }
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? ''
  return value.replace(
    /&(?:amp|quot|lt|gt|#39);/g,
    (entity) => ({ '&amp;': '&', '&quot;': '"', '&lt;': '<', '&gt;': '>', '&#39;': "'" })[entity] ?? entity,
  )
}
