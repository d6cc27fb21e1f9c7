import type { PipedriveOAuth } from '@pd/oauth-core'
import { isOwnRequest } from '@pd/oauth-core/adapter'
import type { MiddlewareHandler } from 'hono'

/**
 * Admits only requests to the host of the callback address, if that host is this machine. Cookies belong to that host, and
 * a foreign name that someone points at this machine must not reach the pages. A GET for another name is redirected.
 */
export function onOwnHost(redirectUri: string): MiddlewareHandler {
  const own = new URL(redirectUri)
  return async (c, next) => {
    const url = new URL(c.req.url)
    if (own.protocol !== 'http:' || url.host === own.host) return next()
    if (c.req.method === 'GET') return c.redirect(new URL(url.pathname + url.search, own.origin).href)
    return c.text(`The playground answers only on ${own.host}.`, 421)
  }
}

/** Refuses a state-changing request from another site. */
export function fromOwnPages(oauth: PipedriveOAuth): MiddlewareHandler {
  return async (c, next) =>
    isOwnRequest(oauth, c.req.raw) ? next() : c.text('Only pages of the playground may do this.', 403)
}
