import type { Markup } from './page.ts'
import { script } from './script.ts'
import { stylesheet } from './stylesheet.ts'

/**
 * Returns a page as a response. Its policy allows the style and the script of this package and nothing else, and no other
 * page may frame it.
 * @param framed the origin that the page frames. Default: none.
 */
export async function html(page: Markup, status = 200, framed?: string): Promise<Response> {
  const policy = [
    "default-src 'none'",
    `style-src '${await hashOf(stylesheet)}'`,
    `script-src '${await hashOf(script)}'`,
    "connect-src 'self'",
    'img-src data:',
    `frame-src ${framed ?? "'none'"}`,
    // There is no form-action: the form of the consent page leads to the app, which may redirect to any host.
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return new Response(String(await page), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  })
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`
}
