import type { Context, Env } from 'hono'

/**
 * Returns the request with its body, also where a middleware has read that through `c.req`. Without it if it broke off, or was read
 * in another way.
 */
export async function unreadRequest<E extends Env>(c: Context<E>): Promise<Request> {
  const { raw } = c.req
  if (!raw.bodyUsed) return raw
  const body = await c.req.text().catch(() => null)
  return new Request(raw.url, { method: raw.method, headers: raw.headers, body })
}
