import { jsonOfForm } from '@pd/oauth-core/adapter'
import type { Context, Env } from 'hono'

/**
 * Returns the request with its body, also where a middleware has read that through `c.req`. What was taken in another way is
 * gone: then the body is empty.
 */
export async function unreadRequest<E extends Env>(c: Context<E>): Promise<Request> {
  const { raw } = c.req
  if (!raw.bodyUsed && raw.body?.locked !== true) return raw
  const body = await bodyOf(c).catch(() => '')
  const headers = new Headers(raw.headers)
  // A form is written anew, with another boundary.
  if (body instanceof FormData) headers.delete('content-type')
  return new Request(raw.url, { method: raw.method, headers, body })
}

async function bodyOf<E extends Env>({ req }: Context<E>): Promise<BodyInit> {
  if (Object.keys(req.bodyCache)[0] !== 'formData') return req.arrayBuffer()
  const form = await req.formData()
  const fields = [...form]
  const isMultipart = /^multipart\//i.test(req.header('content-type') ?? '')
  return isMultipart
    ? form
    : (jsonOfForm(fields) ?? new URLSearchParams(fields.map(([name, value]) => [name, String(value)])))
}
