import type { PipedriveOAuth } from '@pd/oauth-core'
import { isOwnRequest } from '@pd/oauth-core/adapter'
import type { MiddlewareHandler } from 'hono'

/**
 * Admits only requests to the host of the callback address. Cookies belong to that host, and a foreign name that someone points
 * at this machine must not reach the pages. A GET for another name of this machine is redirected there, any other request
 * gets 421. Behind a public address, a tunnel may also name this machine.
 */
export function onOwnHost(redirectUri: string): MiddlewareHandler {
  const own = new URL(redirectUri)
  return async (c, next) => {
    const url = new URL(c.req.url)
    // An absolute target in the request may differ from its Host header.
    const hosts = [url.host, hostOf(c.req.header('host'))]
    if (hosts.every((host) => host === own.host)) return next()
    if (hosts.every((host) => host === own.host || isThisMachine(host))) {
      if (own.protocol === 'https:') return next()
      if (c.req.method === 'GET') return c.redirect(at(own, url))
    }
    return c.text(`The playground answers only on ${own.host}.`, 421)
  }
}

/** Returns the same path and query on another origin. A path such as `//host` stays a path. */
export function at(origin: URL, { pathname, search }: URL): string {
  const target = new URL(origin)
  target.pathname = pathname
  target.search = search
  return target.href
}

const hostOf = (header = ''): string =>
  URL.canParse(`http://${header}`) ? new URL(`http://${header}`).host : ''

const isThisMachine = (host: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)

/** Refuses a state-changing request from another site. */
export function fromOwnPages(oauth: PipedriveOAuth): MiddlewareHandler {
  return async (c, next) =>
    isOwnRequest(oauth, c.req.raw) ? next() : c.text('Only pages of the playground may do this.', 403)
}
