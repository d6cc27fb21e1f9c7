import type { PageLook } from './page-look.ts'

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
  /** The app's name, logo, accent and language, and who may frame the page. Default: a plain page; Pipedrive. */
  readonly look?: PageLook | undefined
  /** More headers. Default: none. */
  readonly headers?: HeadersInit | undefined
}

/**
 * Returns a small page: no scripts, no forms, no external files but the app's logo, light or dark as the system is, `no-store`,
 * and no other site learns its address.
 */
export function pageResponse(content: PageContent, options: PageOptions = {}): Response {
  const { status = 200, framed = false, look = {} } = options
  const { frameAncestors = ['https://*.pipedrive.com'], logoUrl } = look
  const headers = new Headers(options.headers)
  headers.set('cache-control', 'no-store')
  headers.set('content-type', 'text/html; charset=utf-8')
  // The page of a callback has a code in its address.
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-content-type-options', 'nosniff')
  const images = logoUrl === undefined ? '' : ` img-src ${imageSource(logoUrl)};`
  headers.set(
    'content-security-policy',
    `default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline';${images} frame-ancestors ${framed ? frameAncestors.join(' ') : "'none'"}`,
  )
  return new Response(pageHtml(content, framed, look), { status, headers })
}

function imageSource(logoUrl: string): string {
  if (logoUrl.startsWith('data:')) return 'data:'
  return logoUrl.startsWith('/') ? "'self'" : new URL(logoUrl).origin
}

function pageHtml({ title, text, link, code }: PageContent, framed: boolean, look: PageLook): string {
  const { appName, logoUrl, accent = '#017737', language = 'en' } = look
  const target = framed ? ' target="_blank" rel="noopener"' : ''
  const logo = logoUrl === undefined ? '' : `<img src="${escapeHtml(logoUrl)}" alt="" height="40">`
  const name = appName === undefined ? '' : `<bdi>${escapeHtml(appName)}</bdi>`
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; --page: #f5f6f7; --card: #fff; --ink: #21232c; --soft: #5f6672; --line: #0000 }
  @media (prefers-color-scheme: dark) {
    :root { --page: #121317; --card: #1d1f26; --ink: #eceef2; --soft: #a3a9b5; --line: #343844 }
  }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; padding: 1rem; display: grid; place-items: center; background: var(--page);
    color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
  main { width: 100%; max-width: 28rem; padding: clamp(1.25rem, 6vw, 2.25rem); background: var(--card); border-radius: 14px;
    border: 1px solid var(--line); box-shadow: 0 1px 3px #0002, 0 8px 32px #0001 }
  .app { display: flex; align-items: center; gap: .75rem; margin: 0 0 1.5rem; font-weight: 600 }
  img { max-width: 50%; object-fit: contain }
  bdi { min-width: 0 }
  h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.25; text-wrap: balance }
  h1 + p { margin: 0 }
  h1, p, a { unicode-bidi: plaintext }
  a { display: inline-block; margin-top: 1.5rem; padding: .65rem 1.2rem; border-radius: 9px; background: ${accent};
    color: ${inkOn(accent)}; font-weight: 600; text-decoration: none }
  a:hover { text-decoration: underline }
  a:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
  code { display: block; margin-top: 1.5rem; color: var(--soft); font-size: .8rem }
</style>
<main>
  ${logo + name && `<p class="app">${logo}${name}</p>`}
  <h1>${escapeHtml(title)}</h1>
  <p>${escapeHtml(text)}</p>
  ${link === undefined ? '' : `<a href="${escapeHtml(link.href)}"${target}>${escapeHtml(link.label)}</a>`}
  ${code === undefined ? '' : `<code>${escapeHtml(code)}</code>`}
</main>
</html>
`
}

/**
 * Returns the colour of a text on a colour: white if its contrast is 4.5 or better, else black.
 * @see [WCAG 2.2, contrast ratio](https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)
 */
function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
  return 1.05 / (luminance + 0.05) >= 4.5 ? '#fff' : '#000'
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
