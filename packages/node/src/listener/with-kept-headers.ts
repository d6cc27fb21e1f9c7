import { parseSetCookie } from 'cookie'

/** Who may hold headers: a response of Node, a reply of Fastify. */
interface HeaderHolder {
  getHeader(name: string): number | string | string[] | undefined
  removeHeader(name: string): unknown
}

/** Headers that describe a body that somebody else meant to send. */
const ofAnotherBody = ['content-length', 'content-encoding', 'transfer-encoding']

/**
 * Returns the answer with what the holders have as `Vary` and `Set-Cookie`, which then are no longer there. Their other
 * headers need nothing: sending the answer replaces those of the same name only.
 */
export function withKeptHeaders(answer: Response, holders: readonly HeaderHolder[]): Response {
  const take = (name: string) =>
    holders.flatMap((holder) => {
      const lines = [holder.getHeader(name) ?? []].flat().map(String)
      holder.removeHeader(name)
      return lines
    })
  for (const name of ofAnotherBody) take(name)
  const vary = new Set(take('vary'))
  const ours = answer.headers.getSetCookie()
  const replaced = new Set(ours.map(identityOf))
  const theirs = new Set(take('set-cookie').filter((cookie) => !replaced.has(identityOf(cookie))))
  if (vary.size + theirs.size === 0) return answer
  const whole = new Response(answer.body, answer)
  for (const line of vary) whole.headers.append('vary', line)
  whole.headers.delete('set-cookie')
  for (const cookie of [...theirs, ...ours]) whole.headers.append('set-cookie', cookie)
  return whole
}

/** Browsers replace a cookie by one of the same name, domain and path (RFC 6265 §5.3). */
function identityOf(cookie: string): string {
  const { name, domain = '', path = '' } = parseSetCookie(cookie)
  return [name, domain.toLowerCase(), path].join('\n')
}
