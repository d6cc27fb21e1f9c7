import { sendResponse } from '@remix-run/node-fetch-server'
import { takeBegun } from './begun-replies.ts'
import { breakOff, isGone } from './node-response.ts'
import type { FastifyReplyLike, NodeResponse } from './received-request.ts'
import { withKeptHeaders } from './with-kept-headers.ts'

/**
 * Sends an answer as the response of Node or the reply of Fastify. Headers and cookies that others have set there already
 * stay: where both set a header, the answer's wins; `Vary` and `Set-Cookie` have both, except for a cookie of the same name,
 * domain and path, where the answer's wins. If somebody has answered meanwhile, nothing is sent.
 *
 * Resolves when the answer is handed over: to Node in full, to Fastify for its `onSend` hooks.
 */
export async function sendAnswer(to: NodeResponse | FastifyReplyLike, answer: Response): Promise<void> {
  const reply = 'raw' in to ? to : undefined
  const response = 'raw' in to ? to.raw : to
  const isBegun = reply !== undefined && (takeBegun(reply) || reply.sent)
  if (isBegun || response.headersSent || isGone(response)) return answer.body?.cancel()
  const whole = withKeptHeaders(answer, [response, ...(reply === undefined ? [] : [reply])])
  if (reply !== undefined) return sendReply(reply, whole)
  try {
    await sendResponse(response, whole)
    if (response.req.method === 'HEAD') await whole.body?.cancel()
  } catch (error) {
    if (response.headersSent) breakOff(response)
    throw error
  }
}

/** By Fastify's own way, so that its hooks see the answer and add their headers. */
async function sendReply(reply: FastifyReplyLike, answer: Response): Promise<void> {
  if (reply.raw.req.method !== 'HEAD') return void reply.send(answer)
  // Fastify would read the body to its end, and its own routes for HEAD fail with a Response.
  await answer.body?.cancel()
  reply.code(answer.status)
  for (const [name, value] of answer.headers) reply.header(name, value)
  reply.send(new Blob().stream())
}
