import type { Context, Env } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'

/**
 * Returns an answer with the headers and cookies that others have set on `c` or `c.res`. Where both set a header, the answer's
 * wins; `Vary` and `Set-Cookie` have both. An answer that was made by `c` has them already.
 */
export function withKeptHeaders<E extends Env>(c: Context<E>, answer: Response): Response {
  const { headers } = c.res
  for (const [name, value] of answer.headers) {
    const set = name === 'set-cookie' ? headers.getSetCookie() : [headers.get(name)]
    // Hono makes the headers of the response from these.
    if (!set.includes(value)) c.header(name, value, { append: name === 'set-cookie' || name === 'vary' })
  }
  return c.newResponse(answer.body, answer.status as StatusCode)
}
