/** The content of a page, as plain text. It is escaped. */
export interface PageContent {
  readonly title: string
  readonly text: string
  readonly link?: { readonly href: string; readonly label: string } | undefined
  /** The error code, shown small, so that support can find the cause. */
  readonly code?: string | undefined
}

/** The options of `pageResponse()`. */
export interface PageOptions {
  /** The HTTP status. Default: 200. */
  readonly status?: number | undefined
  /** Whether Pipedrive may show the page in a frame. Its link then opens in a new tab. Default: false. */
  readonly framed?: boolean | undefined
  /** More headers. Default: none. */
  readonly headers?: HeadersInit | undefined
}

/** Returns a small page in the style of this library's own pages: no scripts, no external files, `no-store`. */
export function pageResponse(content: PageContent, options: PageOptions = {}): Response {
  const { status = 200, framed = false } = options
  const headers = new Headers(options.headers)
  headers.set('cache-control', 'no-store')
  headers.set('content-type', 'text/html; charset=utf-8')
  headers.set(
    'content-security-policy',
    `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${framed ? 'https://*.pipedrive.com' : "'none'"}`,
  )
  return new Response(pageHtml(content, framed), { status, headers })
}

function pageHtml({ title, text, link, code }: PageContent, framed: boolean): string {
  const target = framed ? ' target="_blank" rel="noopener"' : ''
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #f5f6f7; color: #21232c;
    font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 26rem; margin: 1rem; padding: 2rem; background: #fff; border-radius: 12px;
    box-shadow: 0 1px 3px #0002, 0 8px 32px #0001 }
  h1 { margin: 0 0 .5rem; font-size: 1.4rem }
  p { margin: 0 }
  a { display: inline-block; margin-top: 1.5rem; padding: .6rem 1.1rem; border-radius: 8px; background: #017737; color: #fff;
    text-decoration: none }
  code { color: #6b7280; font-size: .8rem; display: block; margin-top: 1.5rem }
</style>
<main>
  <h1>${escapeHtml(title)}</h1>
  <p>${escapeHtml(text)}</p>
  ${link === undefined ? '' : `<a href="${escapeHtml(link.href)}"${target}>${escapeHtml(link.label)}</a>`}
  ${code === undefined ? '' : `<code>${escapeHtml(code)}</code>`}
</main>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
