import { isOwnRequest, type PipedriveOAuth } from '@pd/oauth-core'
import type { MiddlewareHandler } from 'hono'

/**
 * Lets in only what is addressed to the host of the callback address, when that is this machine: cookies belong to that
 * host, and no other name may be made to point here. A page asked for by another name of this machine is shown under
 * the right one.
 */
export function onOwnHost(redirectUri: string): MiddlewareHandler {
  const own = new URL(redirectUri)
  return async (c, next) => {
    const url = new URL(c.req.url)
    if (own.protocol !== 'http:' || url.host === own.host) return next()
    if (c.req.method === 'GET') return c.redirect(new URL(url.pathname + url.search, own.origin).href)
    return c.text(`This is ${own.host}.`, 421)
  }
}

/** Refuses what changes something and was not begun on a page of ours. */
export function fromOwnPages(oauth: PipedriveOAuth): MiddlewareHandler {
  return async (c, next) =>
    isOwnRequest(oauth, c.req.raw) ? next() : c.text('This must come from a page of the playground.', 403)
}
