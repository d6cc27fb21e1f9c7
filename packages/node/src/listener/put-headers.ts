import type { FastifyReplyLike, NodeResponse } from './received-request.ts'

/**
 * Puts headers on a response of Node or a reply of Fastify, and cookies beside those that are there. Returns a function that
 * takes them off again, and leaves what others have set meanwhile. Does nothing once headers were sent.
 */
export function putHeaders(to: NodeResponse | FastifyReplyLike, headers: Headers): () => void {
  const response = 'raw' in to ? to.raw : to
  if (response.headersSent) return () => {}
  const names = [...new Set(headers.keys())]
  const before = new Map(names.map((name) => [name, linesOf(to, name)]))
  for (const [name, line] of headers) put(to, name, line)
  return () => {
    if (response.headersSent) return
    for (const [name, lines] of before) {
      const now = linesOf(to, name)
      const ours = name === 'set-cookie' ? headers.getSetCookie() : [headers.get(name)]
      const theirs = now.filter((line) => !ours.includes(line))
      to.removeHeader(name)
      for (const line of name === 'set-cookie' || theirs.length > 0 ? theirs : lines) put(to, name, line)
    }
  }
}

function linesOf(holder: NodeResponse | FastifyReplyLike, name: string): string[] {
  return [holder.getHeader(name) ?? []].flat().map(String)
}

/** Fastify's `header()` keeps the cookies that are there, too. */
function put(to: NodeResponse | FastifyReplyLike, name: string, line: string): void {
  if ('raw' in to) to.header(name, line)
  else if (name === 'set-cookie') to.appendHeader(name, line)
  else to.setHeader(name, line)
}
